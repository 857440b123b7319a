#!/usr/bin/env python3
"""Makes a randomly initialised GPT-2 whose byte-level tokenizer is trained on the rows of a benchmark.

  random_gpt2.py LAYERSxHIDDENxVOCABULARY rows.jsonl FOLDER

Every label of the rows is one token behind a space. The model's vocabulary may be larger than the
tokenizer's: the output layer is what costs time, not which words it knows.
"""
import json
import sys
from pathlib import Path

import torch
import transformers
from tokenizers import ByteLevelBPETokenizer


def main():
    shape, rows_file, folder = sys.argv[1:]
    layers, hidden, vocabulary = map(int, shape.split("x"))
    rows = [json.loads(line) for line in Path(rows_file).read_text(encoding="utf-8").splitlines()]
    texts = [row["text"] + " It was " + row["label"] for row in rows] * 4
    tokenizer = ByteLevelBPETokenizer()
    tokenizer.train_from_iterator(texts, vocab_size=min(vocabulary, 4000), min_frequency=2,
                                  special_tokens=["<|endoftext|>"])
    Path(folder).mkdir(parents=True, exist_ok=True)
    wrapped = transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer._tokenizer, eos_token="<|endoftext|>",
                                                   bos_token="<|endoftext|>", unk_token="<|endoftext|>")
    wrapped.save_pretrained(folder)
    config = transformers.GPT2Config(vocab_size=vocabulary, n_embd=hidden, n_layer=layers, n_head=max(1, hidden // 64),
                                     n_positions=512, initializer_range=0.05, bos_token_id=0, eos_token_id=0)
    torch.manual_seed(1)
    transformers.GPT2LMHeadModel(config).save_pretrained(folder)


if __name__ == "__main__":
    main()
