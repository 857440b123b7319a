#!/usr/bin/env python3
"""How many sentences a second the Rust library `tokenizers` encodes on one thread, special tokens included.

    tokenizer_peer.py FOLDER SENTENCES.txt [REPEATS]

The same work as bench_tokenizer's, and the same line, with the same checksum. One call per sentence and one for all
are both timed; the faster one counts.
"""

import os
import sys
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["RAYON_NUM_THREADS"] = "1"
from tokenizers import Tokenizer


def checksum(rows):
    value = 0xCBF29CE484222325
    for ids in rows:
        for number in (*ids, 0xFFFFFFFF):
            value = ((value ^ number) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return value


def best_time(repeats, encode):
    times, result = [], None
    for _ in range(repeats):
        start = time.perf_counter()
        result = encode()
        times.append(time.perf_counter() - start)
    return min(times), result


def main():
    if not 3 <= len(sys.argv) <= 4:
        sys.exit(__doc__)
    folder, path = sys.argv[1:3]
    repeats = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    with open(path, encoding="utf-8", newline="\n") as file:
        lines = file.read().removesuffix("\n").split("\n")
    tokenizer = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    ways = {"encode": lambda: [tokenizer.encode(line) for line in lines],
            "encode_batch": lambda: tokenizer.encode_batch(lines)}
    # The newer batch call keeps no offsets.
    if hasattr(tokenizer, "encode_batch_fast"):
        ways["encode_batch_fast"] = lambda: tokenizer.encode_batch_fast(lines)
    timed = {name: best_time(repeats, encode) for name, encode in ways.items()}
    best = min(timed, key=lambda name: timed[name][0])
    seconds, rows = timed[best]
    rows = [row.ids for row in rows]
    print(f"tokenizers {folder}: {len(lines) / seconds:.0f} sentences/s ({best}), {len(lines)} sentences, "
          f"{sum(map(len, rows))} tokens, checksum {checksum(rows):016x}")


if __name__ == "__main__":
    main()
