#!/usr/bin/env python3
"""Measures the scorer beside its peers on several models and writes the table of README.md.

  scoring_table.py --prospect build/release/bin/prospect --pocket models/pocket-mlm --peer-score peer_score.py \\
      --python "python3" --out DIR [--only 4x256x30000,pocket]

--python runs a script in a stack with torch, transformers and onnxruntime; --peer-score is a script that takes
the arguments used below and prints its best configurations as JSON. Everything else is made here: rows, random
models, the search steps of gradient_peer.py. DIR keeps every measurement as JSON; a model whose peers were
measured is not measured again unless its file is deleted. Run it on an idle machine.
"""
import argparse
import json
import shlex
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
MODELS = [  # name, kind, shape, rows
    ("pocket-mlm", "folder", None, 128),
    ("6x384, 12k", "bert", "6x384x12000", 128),
    ("4x256, 30k", "bert", "4x256x30000", 128),
    ("BERT-base, 30k", "bert", "12x768x30000", 48),
    ("GPT-2 4x256, 30k", "gpt2", "4x256x30000", 128),
]
TEMPLATES = {"bert": "{text} It was {mask} .", "folder": "{text} It was {mask} .", "gpt2": "{text} It was {mask}"}
LABELS = "terrible,great"


class Bench:
    def __init__(self, args):
        self.args, self.out = args, Path(args.out).resolve()
        self.out.mkdir(parents=True, exist_ok=True)

    def run(self, command, **how):
        print("$", " ".join(map(str, command)), file=sys.stderr)
        return subprocess.run(list(map(str, command)), check=True, cwd=self.out, stdout=subprocess.PIPE, text=True, **how).stdout

    def python(self, script, *arguments):
        return self.run([*shlex.split(self.args.python), script, *arguments])

    def kept(self, name, make):
        """What `make` returns, from the file `name` where it was made before."""
        file = self.out / f"{name}.json"
        if not file.exists():
            file.write_text(json.dumps(make(), indent=1))
        return json.loads(file.read_text())

    def rows(self, count):
        file = self.out / "rows.jsonl"
        if not file.exists():
            self.python(self.args.peer_score, "--texts", file, "--make-rows", 512)
        few = self.out / f"rows-{count}.jsonl"
        few.write_text("".join(line + "\n" for line in file.read_text().splitlines()[:count]))
        return few

    def model(self, kind, shape, rows):
        if kind == "folder":
            return Path(self.args.pocket).resolve()
        folder = self.out / f"{kind}-{shape}"
        if kind == "gpt2" and not folder.exists():
            self.python(HERE / "random_gpt2.py", shape, rows, folder)
        if kind == "bert" and not folder.exists():
            self.python(self.args.peer_score, "--random-shape", shape, "--save", folder, "--texts", rows, "--ways",
                        "bucketed", "--batch", 16, "--attention", "eager", "--repeat", 1)
        return folder

    def peers(self, key, kind, model, rows, dtype):
        ways = {"bfloat16": "bucketed"}.get(dtype, "padded,bucketed,equal" if key.startswith("6x384") else "bucketed,equal")
        common = ["--model", model, "--texts", rows, "--template", TEMPLATES[kind], "--labels", LABELS, "--dtype", dtype,
                  "--ways", ways, "--batch", 32 if dtype == "float32" else 16, "--repeat", 2, "--seconds", 10]
        if kind == "gpt2":
            common.append("--causal")
        if dtype == "float32":
            common += ["--out", self.out / f"scores-{key}.jsonl"]
            if kind != "gpt2":
                common.append("--onnx")
        return json.loads(self.python(self.args.peer_score, *common))

    def prospect(self, kind, model, rows, threads, *more):
        return json.loads(self.run([self.args.prospect, "bench", "--model", model, "--rows", rows, "--template", TEMPLATES[kind],
                                    "--labels", LABELS, "--threads", threads, "--json", *more]))["rows"]

    def measure(self, name, kind, shape, count):
        key = name.replace(",", "").replace(" ", "-")
        rows = self.rows(count)
        model = self.model(kind, shape, rows)
        peers = {dtype: self.kept(f"peer-{key}-{dtype}", lambda dtype=dtype: self.peers(key, kind, model, rows, dtype))["best"]
                 for dtype in ("float32", "bfloat16")}
        ours = self.kept(f"prospect-{key}", lambda: self.prospect(kind, model, rows, 2, "--repeat", 5, "--peer-scores",
                                                                  self.out / f"scores-{key}.jsonl"))
        many = self.rows(min(512, 4 * count))
        scaled = {threads: self.kept(f"threads-{key}-{threads}", lambda threads=threads: self.prospect(
            kind, model, many, threads, "--repeat", 2)) for threads in (1, 2)}
        few = self.rows(32)
        ladder = self.kept(f"ladder-{key}", lambda: self.prospect(kind, model, few, 2, "--ladder", "--candidates",
                                                                  32 if count < 100 else 256))[0]
        size = sum(file.stat().st_size for file in model.iterdir()) / 2**20
        return {"name": name, "peers": peers, "ours": ours, "scaled": scaled, "ladder": ladder, "model_mib": size}

    def step(self, name, kind, shape, count, triggers, candidates):
        """The gradient path: AutoPrompt's step, or GCG's on a causal LM."""
        key = f"{kind}-{shape}"
        rows = self.rows(count)
        model = self.model(kind, shape, rows)
        arguments = ["--model", model, "--texts", rows, "--triggers", triggers, "--candidates", candidates]
        if kind == "gpt2":
            arguments.append("--causal")
        self.kept(f"step-peer-{key}", lambda: json.loads(self.python(HERE / "gradient_peer.py", *arguments)))
        ours = self.kept(f"step-{key}", lambda: self.prospect(
            kind, model, rows, 2, "--search-step", "--triggers", triggers, "--candidates", candidates,
            "--peer-step", self.out / f"step-peer-{key}.json"))[0]
        return {"name": name, "ours": ours}

    def start(self, model):
        """Seconds from the start of the program to a first score."""
        seconds = []
        for _ in range(4):
            began = time.perf_counter()
            self.run([self.args.prospect, "fill", "--model", model, "--top", 1, "It was {mask} ."])
            seconds.append(time.perf_counter() - began)
        return min(seconds[1:])


def best(peers, **kind):
    return max((peer for peer in peers if kind.items() <= peer.items()), key=lambda peer: peer["rows_per_s"], default=None)


def of(rows, precision):
    return next((row for row in rows if row["precision"] == precision), None)


def table(results):
    head = ["model", "precision", "peer usual", "peer best", "prospect", "to usual", "to best", "share of ceiling", "of square GEMM",
            "1 thread", "2 threads", "2 / 1", "products alone 2 / 1", "difference", "peak MiB (model)"]
    lines = [head, ["---"] * len(head)]
    for result in results:
        for precision in ("float32", "bfloat16"):
            ours = of(result["ours"], precision)
            one, two = (of(result["scaled"][threads], precision) for threads in (1, 2))
            peers = result["peers"][precision]
            usual = best(peers, engine="transformers", way="bucketed", head="plain")
            top = best(peers) if precision == "float32" else best(peers, dtype="bfloat16")
            lines.append([result["name"] if precision == "float32" else "", precision, f"{usual['rows_per_s']:.1f}",
                          f"{top['rows_per_s']:.1f} ({top['engine']}, {top['way']}, {top['head']})", f"{ours['rows_per_s']:.1f}",
                          f"{ours['rows_per_s'] / usual['rows_per_s']:.2f}x", f"{ours['rows_per_s'] / top['rows_per_s']:.2f}x",
                          f"{ours['ceiling_share']:.2f}", f"{ours['whole_gflops'] / ours['square_gflops']:.2f}",
                          f"{one['rows_per_s']:.1f}", f"{two['rows_per_s']:.1f}",
                          f"{two['rows_per_s'] / one['rows_per_s']:.2f}", f"{two['products_gflops'] / one['products_gflops']:.2f}",
                          f"{ours['largest_difference']:.1e}", f"{ours['peak_mib']:.0f} ({result['model_mib']:.0f})"])
        padded = best(result["peers"]["float32"], way="padded", head="plain")
        if padded:
            ratio = of(result["ours"], "float32")["rows_per_s"] / padded["rows_per_s"]
            lines.append(["", "float32", f"{padded['rows_per_s']:.1f} (padded to 128)", "", "", f"{ratio:.2f}x"] + [""] * 9)
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def ladder_table(results):
    lines = [["model", "float32", "bfloat16", "auto", "scored again", "largest change"], ["---"] * 6]
    for result in results:
        ladder = result["ladder"]
        lines.append([result["name"], *(f"{ladder[key]:.1f}" for key in ("float32_rows_per_s", "bfloat16_rows_per_s", "auto_rows_per_s")),
                      f"{100 * ladder['rescored']:.1f}%", f"{ladder['largest_change']:.1e}"])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def step_table(steps):
    lines = [["step", "prospect", "against", "gradient", "candidates", "whole step", "loss differs by"], ["---"] * 7]
    for step in steps:
        for way, ratio in step["ours"]["ratios"].items():
            lines.append([step["name"], f"{step['ours']['step_s']:.3f} s", way, *(f"{ratio[key]:.2f}x" for key in ("gradient", "candidates", "step")),
                          f"{ratio['loss_difference']:.1e}"])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prospect", type=lambda path: str(Path(path).resolve()), required=True)
    parser.add_argument("--pocket", required=True, metavar="DIR", help="the bundled model")
    parser.add_argument("--peer-score", type=lambda path: Path(path).resolve(), required=True)
    parser.add_argument("--python", default="python3", help="what runs a script in the peers' stack (default: python3)")
    parser.add_argument("--out", required=True, metavar="DIR")
    parser.add_argument("--only", default="", help="parts of the names of models, separated by commas")
    args = parser.parse_args()
    bench = Bench(args)
    chosen = [model for model in MODELS if any(part in model[0] for part in args.only.split(","))]
    results = [bench.measure(*model) for model in chosen]
    text = f"### Scoring, rows/s\n\n{table(results)}\n\n### The ladder\n\n{ladder_table(results)}\n"
    if not args.only:
        steps = [bench.step("AutoPrompt, 6x384", "bert", "6x384x12000", 96, 3, 10),
                 bench.step("AutoPrompt, 4x256", "bert", "4x256x30000", 96, 3, 10),
                 bench.step("GCG, GPT-2 4x256", "gpt2", "4x256x30000", 4, 20, 512)]
        text += f"\n### Search steps\n\n{step_table(steps)}\n"
        base = bench.out / "bert-12x768x30000"
        if base.exists():
            text += f"\nStart to first score, BERT-base: {bench.start(base):.2f} s\n"
    (bench.out / "table.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
