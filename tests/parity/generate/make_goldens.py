#!/usr/bin/env python3
"""Makes parity data: tiny checkpoints, and what the reference computes on them. README.md, one folder up, says how.

    make_goldens.py --spec SPEC.json --out DIR [--only NAME ...]      a specification's checkpoints
    make_goldens.py --checkpoint FOLDER [--spec SPEC.json]            goldens for a checkpoint of one's own

The same specification and versions give the same files, but for storage names inside an old pickle.
"""

import argparse
import json
import random
import shutil
import sys
import time
from pathlib import Path

import torch
import transformers

import vocabularies
from checkpoints import ROUNDED, create, vary
from record_model import record_model, write_json
from record_tokens import open_reader, record_tokens, special_ids

HERE = Path(__file__).resolve().parent


def note(text):
    print(text, file=sys.stderr, flush=True)


def agree(golden, base):
    """The reference must read another form of the same weights as the same model."""
    for row, other in zip(golden["inputs"], base["inputs"], strict=True):
        found, expected = (torch.tensor(values.get("logits", values.get("last_logits"))) for values in (row, other))
        torch.testing.assert_close(found, expected, rtol=0, atol=3e-5)


class Maker:
    def __init__(self, spec_path, out):
        self.spec, self.out = json.loads(spec_path.read_text(encoding="utf-8")), out
        self.strings_path = spec_path.parent / self.spec["strings"]
        listed = json.loads(self.strings_path.read_text(encoding="utf-8"))
        self.strings, self.pairs = listed["strings"], listed["pairs"]
        lines = (HERE / "corpus.txt").read_text(encoding="utf-8").splitlines()
        self.lines = lines * 12
        random.Random(self.spec["seed"]).shuffle(self.lines)
        self.made = {}

    def tokenizer(self, name, folder):
        if name not in self.made:
            recipe = self.spec["tokenizers"][name]
            lines = [line for line in self.lines if line.isascii()] if recipe.get("ascii") else self.lines
            self.made[name] = vocabularies.make(recipe, lines)
        for file, content in self.made[name].files.items():
            (folder / file).write_bytes(content if isinstance(content, bytes) else content.encode())
        return self.made[name]

    def make(self, name):
        start, folder = time.perf_counter(), self.out / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            self.fill(self.spec["checkpoints"][name], folder)
        except BaseException:
            shutil.rmtree(folder)  # nothing half-made stays
            raise
        for file in folder.iterdir():
            file.chmod(0o644)
        size = sum(file.stat().st_size for file in folder.iterdir())
        note(f"{name}: {size / 1024:.0f} KiB, {time.perf_counter() - start:.1f} s")

    def fill(self, entry, folder):
        if "base" in entry:
            base = self.out / entry["base"]
            if "form" in entry:
                vary(base, folder, entry["form"])
            else:
                shutil.copytree(base, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("golden.json", "tokens.json"))
        elif "model_type" in entry:
            vocabulary = self.tokenizer(entry["tokenizer"], folder)
            create(entry, vocabulary, special_ids(folder, open_reader(folder)), folder, self.spec["seed"] + entry.get("seed", 0))
        else:  # a tokenizer alone
            self.tokenizer(entry["tokenizer"], folder)
            for file in entry.get("remove_first", []):  # the reference has to do without, too
                (folder / file).unlink()
        patch(folder / "config.json", entry.get("patch", {}))
        if "model_type" in entry or "base" in entry:
            inputs = self.spec["inputs"] | entry.get("inputs", {})
            golden = record_model(folder, inputs)
            write_json(folder / "golden.json", golden)
            if "base" in entry and entry.get("form") not in ROUNDED:
                agree(golden, json.loads((base / "golden.json").read_text(encoding="utf-8")))
        if entry.get("tokens", "base" not in entry):
            write_json(folder / "tokens.json", record_tokens(folder, self.strings, self.pairs))
        for file in entry.get("remove", []):  # the reference needs it, a reader must do without
            (folder / file).unlink()


def patch(path, changes):
    """Changes keys of a config.json; "<removed>" takes one away."""
    if changes:
        config = json.loads(path.read_text()) | changes
        path.write_text(json.dumps({key: value for key, value in config.items() if value != "<removed>"}, indent=2) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spec", type=Path, default=HERE / "spec.json", help="the specification (default: spec.json here)")
    parser.add_argument("--out", type=Path, help="where the folders go, and strings.json")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these checkpoints alone")
    parser.add_argument("--checkpoint", type=Path, metavar="FOLDER", help="record goldens of this checkpoint instead")
    options = parser.parse_args()
    if (options.out is None) == (options.checkpoint is None):
        parser.error("expected either --out or --checkpoint")
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()

    maker = Maker(options.spec.resolve(), options.out and options.out.resolve())
    if options.checkpoint:
        folder = options.checkpoint.resolve()
        write_json(folder / "golden.json", record_model(folder, maker.spec["inputs"]))
        write_json(folder / "tokens.json", record_tokens(folder, maker.strings, maker.pairs))
        shutil.copyfile(maker.strings_path, folder / "strings.json")
        return 0
    unknown = set(options.only or []) - set(maker.spec["checkpoints"])
    if unknown:
        parser.error(f"{options.spec} names no checkpoint {', '.join(sorted(unknown))}")
    options.out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(maker.strings_path, options.out / "strings.json")
    failed = []
    for name in options.only or maker.spec["checkpoints"]:
        try:
            maker.make(name)
        except Exception as error:
            failed.append(name)
            note(f"{name}: FAILED: {type(error).__name__}: {error}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
