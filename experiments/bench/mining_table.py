#!/usr/bin/env python3
"""How far mining finds what LPAQA published (its mining program never was).

  PROSPECT_DATA=/path/to/data mining_table.py --prospect build/release/bin/prospect [--splits lama,train,dev]

Mines all relations of `lama/facts` in one pass over `corpus/sentences.txt.xz`, by middle words and by dependency paths,
and looks for the templates of `lama/lpaqa/mine` (`[X] was born in [Y] .`) among what was found. A template is supported
where the corpus gives it at least --least times; it is kept where it is among the 40 most frequent of its relation.
All published mined templates stand between their names, so a dependency path that spans a published one spans middle
words: what dependency mining adds is counted over all supported templates, and over LPAQA's other lists (manual and
paraphrased). Exit code 1 where fewer than 80% of the supported ones are kept.
"""
import argparse
import collections
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ALL = 100_000  # more than any relation has


def read_lines(path):
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").split("\n") if line]


def facts_folder(args, folder):
    """The facts of the chosen splits and relations, in a folder of their own."""
    count = 0
    for path in sorted((args.data / "lama" / "facts").glob("*.jsonl")):
        if args.relations and path.stem not in args.relations:
            continue
        rows = [row for row in read_lines(path) if row["split"] in args.splits]
        if rows:
            text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
            Path(folder, path.name).write_text(text, encoding="utf-8")
            count += len(rows)
    if count == 0:
        sys.exit("expected facts of these splits and relations, found none")
    return count


def mine(args, folder, kinds):
    """For each relation template -> (rank, frequency), and the seconds that it took."""
    command = [args.prospect, "mine", "--facts", folder, "--corpus", args.corpus, "--kinds", kinds, "--top", ALL, "--jsonl"]
    begin = time.monotonic()
    done = subprocess.run([str(part) for part in command], check=True, stdout=subprocess.PIPE, text=True)
    seconds = time.monotonic() - begin
    found = collections.defaultdict(dict)
    for line in done.stdout.split("\n"):
        if not line:
            continue
        row = json.loads(line)
        found[row["relation"]][row["lama"]] = (row["rank"], row["frequency"])
    return found, seconds


def other_templates(folder, relation):
    """LPAQA's manual and paraphrased templates of a relation, in lower case as mined text is."""
    texts = []
    if (folder / "paraphrase" / f"{relation}.jsonl").exists():
        texts += [row["template"] for row in read_lines(folder / "paraphrase" / f"{relation}.jsonl")]
    if (folder / "manual_paraphrase" / f"{relation}.txt").exists():
        texts += (folder / "manual_paraphrase" / f"{relation}.txt").read_text(encoding="utf-8").splitlines()
    lowered = (text.lower().replace("[x]", "[X]").replace("[y]", "[Y]") for text in texts)
    return {text.rstrip(" .") + " ." for text in lowered}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prospect", required=True)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("PROSPECT_DATA", "")))
    parser.add_argument("--corpus", type=Path, help="default: corpus/sentences.txt.xz of the data")
    parser.add_argument("--splits", default="lama,train,dev", type=lambda text: text.split(","))
    parser.add_argument("--relations", type=lambda text: text.split(","), help="default: all")
    parser.add_argument("--kinds", default="middle,dependency,path", type=lambda text: text.split(","))
    parser.add_argument("--keep", type=int, default=40)
    parser.add_argument("--least", type=int, default=2)
    args = parser.parse_args()
    args.corpus = args.corpus or args.data / "corpus" / "sentences.txt.xz"
    supported, added = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        print(f"{facts_folder(args, folder)} facts of the splits {', '.join(args.splits)}")
        relations = sorted(path.stem for path in Path(folder).glob("*.jsonl"))
        published = {relation: [row["template"] for row in read_lines(args.data / "lama" / "lpaqa" / "mine" / f"{relation}.jsonl")]
                     for relation in relations if (args.data / "lama" / "lpaqa" / "mine" / f"{relation}.jsonl").exists()}
        print(f"{sum(map(len, published.values()))} published templates of {len(published)} relations\n")
        others = {relation: other_templates(args.data / "lama" / "lpaqa", relation) for relation in relations}
        print("| mined by | templates | not by middle | published elsewhere | supported | kept | share | seconds |\n" + "|---" * 8 + "|")
        middle = set()
        for kinds in args.kinds:
            found, seconds = mine(args, folder, kinds)
            known = [(relation, template, found[relation][template]) for relation, templates in published.items()
                     for template in templates if template in found[relation]]
            supported[kinds] = {(relation, template): place for relation, template, place in known if place[1] >= args.least}
            kept = sum(rank <= args.keep for rank, _ in supported[kinds].values())
            share = kept / max(1, len(supported[kinds]))
            frequent = {(relation, template) for relation, templates in found.items()
                        for template, (_, frequency) in templates.items() if frequency >= args.least}
            middle = middle or frequent
            extra = {(relation, template) for relation, template in frequent if template in others[relation]}
            added[kinds] = sorted(extra - middle)
            print(f"| {kinds} | {len(frequent)} | {len(frequent - middle)} | {len(extra)} | {len(supported[kinds])} | {kept} | {100 * share:.1f}% | {seconds:.1f} |", flush=True)
    first = args.kinds[0]
    for kinds in args.kinds[1:]:
        print(f"\nOf LPAQA's other lists, supported by {kinds} and not by {first}:")
        for relation, template in added[kinds]:
            print(f"  {relation} {template}")
        print(f"\nOf its mined ones, supported by {kinds} and not by {first}:")
        for relation, template in sorted(set(supported[kinds]) - set(supported[first])):
            rank, frequency = supported[kinds][relation, template]
            print(f"  {relation} {template} ({frequency} times, rank {rank})")
    lost = {key: place for key, place in supported[first].items() if place[0] > args.keep}
    print(f"\nSupported by {first}, and not kept:")
    for (relation, template), (rank, frequency) in sorted(lost.items()):
        print(f"  {relation} {template} ({frequency} times, rank {rank})")
    return 0 if len(lost) <= 0.2 * len(supported[first]) else 1


if __name__ == "__main__":
    sys.exit(main())
