#!/usr/bin/env python3
"""Tables of ensembles, calibrations and continuous prompts on few-shot tasks, each at one counted cost.

  PROSPECT_DATA=/path/to/data entries_table.py --prospect build/release/bin/prospect --out DIR \\
      [--tasks sst2,agnews,subj,rte] [--search genetic] [--evaluations 8000] [--tables single,calibration,continuous]

For every task and each of five splits a search of EVALUATIONS counted work is run in several forms; a run that is there
already is not run again, one that was stopped goes on.

single:       the search alone with all of the work; the search with half of it, then ensembles of its ten best with the
              rest; ensembles of the task's own prompts count what they cost.
calibration:  manual prompt and search under each calibration, inside the search; and the manual prompt of the search
              without calibration, calibrated afterwards (`leaderboard --calibrate`), which must be the same.
continuous:   the search, `pez` from the trained vectors, and the ceilings `prefix` and `hybrid`.

Cells: accuracy on the test set in percent, mean (standard deviation) over the splits, of the entry that dev chose. The last
columns: mean difference to the row that the table names, over splits, each split's averaged over the tasks, with its 95%
interval (Student's t), and the counted work of a search.
"""
import argparse
import json
import math
import os
import statistics
import subprocess
import sys
from pathlib import Path

SPLITS = [13, 21, 42, 87, 100]
CALIBRATIONS = ["none", "contextual", "batch", "domain_pmi"]
# Student's t, two-sided 95%, by degrees of freedom.
T95 = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262}


class Bench:
    def __init__(self, args):
        self.args, self.out = args, Path(args.out).resolve()

    def run(self, task, name, strategies, evaluations, calibration="none"):
        """Runs or continues one experiment; its folder."""
        folder = self.out / task / name
        if (folder / "summary.json").exists():
            return folder
        folder.parent.mkdir(parents=True, exist_ok=True)
        file = self.out / task / f"{name}.json"
        file.write_text(json.dumps({
            "task": task, "shots": 16, "split_seeds": self.args.splits, "protocol": "lm-bff", "model": self.args.model,
            "seed": 1, "strategies": strategies, "budget": {"evaluations": evaluations * len(self.args.splits)},
            "scoring": {"calibration": calibration}}, indent=2))
        command = [self.args.prospect, "search", file, "--out", folder, "--cache", self.out / "outcomes.sqlite", "--json"]
        print("$", " ".join(map(str, command)), file=sys.stderr, flush=True)
        with open(f"{folder}.log", "w") as log:
            subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL, stderr=log)
        return folder

    def calibrated_after(self, folder, calibration):
        """The leaderboard of a finished run under a calibration."""
        command = [self.args.prospect, "leaderboard", folder, "--format", "jsonl", "--calibrate", calibration]
        done = subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True)
        return [json.loads(line) for line in done.stdout.splitlines()]


def board(folder):
    return [json.loads(line) for line in (folder / "leaderboard.jsonl").read_text().splitlines()]


def test_by_split(rows, strategy, kinds=("candidate", "ensemble", "soft")):
    """Test accuracy of the strategy's first row of each split; of a control with its name."""
    values = {}
    for row in rows:
        named = row["control"] == strategy if row["control"] else row["strategy"] == strategy
        if named and row["test"] and row["kind"] in kinds and row["split_seed"] not in values:
            values[row["split_seed"]] = 100 * row["test"][row["metric"]]
    return values


def cost_of(folder, strategies):
    units = [unit for unit in json.loads((folder / "summary.json").read_text())["units"] if unit["strategy"] in strategies]
    splits = {unit["split_seed"] for unit in units}
    return sum(unit["evaluations"] for unit in units) / max(1, len(splits))


def interval(values):
    mean = statistics.mean(values)
    if len(values) < 2:
        return mean, math.nan
    return mean, T95.get(len(values) - 1, 1.96) * statistics.stdev(values) / math.sqrt(len(values))


class Table:
    """Rows of test values: name -> task -> split -> percent."""

    def __init__(self, title, baseline):
        self.title, self.baseline, self.rows, self.costs = title, baseline, {}, {}

    def add(self, name, task, values, cost):
        self.rows.setdefault(name, {})[task] = values
        self.costs.setdefault(name, []).append(cost)

    def text(self, tasks):
        head = [self.title, *tasks, f"to {self.baseline} [95%]", "evaluations"]
        lines = [head, ["---"] * len(head)]
        for name, by_task in self.rows.items():
            cells = [name]
            for task in tasks:
                values = list(by_task.get(task, {}).values())
                sd = statistics.stdev(values) if len(values) > 1 else math.nan
                cells.append(f"{statistics.mean(values):.1f} ({sd:.1f})" if values else "-")
            differences = {}
            for task in tasks:
                for split, value in by_task.get(task, {}).items():
                    other = self.rows[self.baseline].get(task, {}).get(split)
                    if other is not None:
                        differences.setdefault(split, []).append(value - other)
            if name == self.baseline or not differences:
                cells.append("")
            else:
                mean, half = interval([statistics.mean(each) for each in differences.values()])
                cells.append(f"{mean:+.1f} [{mean - half:+.1f}, {mean + half:+.1f}]")
            cells.append(f"{statistics.mean(self.costs[name]):.0f}")
            lines.append(cells)
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def single_table(bench, tasks, search, evaluations):
    table = Table("single and ensemble", search)
    for task in tasks:
        alone = bench.run(task, f"{search}-alone", [{"name": "manual"}, {"name": search}], evaluations)
        table.add("manual", task, test_by_split(board(alone), "manual"), cost_of(alone, ["manual"]))
        table.add(search, task, test_by_split(board(alone), search), cost_of(alone, [search]))
        for method in ["uniform", "accuracy", "vote", "learned", "greedy"]:
            for combiner in ["log_linear", "linear"] if method in ("uniform", "greedy") else ["log_linear"]:
                name = f"{search} + {method}" + (", linear" if combiner == "linear" else "")
                ensemble = {"name": "ensemble", "init": f"top:10 of {search}",
                            "options": {"methods": [method], "combiner": combiner}}
                folder = bench.run(task, f"{search}-{method}-{combiner}", [{"name": search}, ensemble], evaluations)
                # A greedy choice of one member is no ensemble: then dev's best single prompt stands.
                values = {**test_by_split(board(folder), search), **test_by_split(board(folder), "ensemble")}
                table.add(name, task, values, cost_of(folder, [search, "ensemble"]))
    return table


def calibration_table(bench, tasks, search, evaluations):
    table = Table("calibration", f"{search}, none")
    checks = []
    for task in tasks:
        plain = bench.run(task, f"{search}-alone", [{"name": "manual"}, {"name": search}], evaluations)
        for calibration in CALIBRATIONS:
            folder = plain if calibration == "none" else bench.run(
                task, f"{search}-{calibration}", [{"name": "manual"}, {"name": search}], evaluations, calibration)
            rows = board(folder)
            inside = test_by_split(rows, "manual")
            table.add(f"manual, {calibration}", task, inside, cost_of(folder, ["manual"]))
            table.add(f"{search}, {calibration}", task, test_by_split(rows, search), cost_of(folder, [search]))
            if calibration != "none":
                after = test_by_split(bench.calibrated_after(plain, calibration), "manual")
                checks.append(inside == after)
    same = f"{sum(checks)} of {len(checks)} calibrated boards of finished runs agree with the searches on the manual prompt."
    return table, same


def continuous_table(bench, tasks, search, evaluations):
    table = Table("discrete and continuous", "manual")
    shares = []
    for task in tasks:
        alone = bench.run(task, f"{search}-alone", [{"name": "manual"}, {"name": search}], evaluations)
        table.add("manual", task, test_by_split(board(alone), "manual"), cost_of(alone, ["manual"]))
        table.add(search, task, test_by_split(board(alone), search), cost_of(alone, [search]))
        vectors = {}
        for name, strategies in [
                ("pez", [{"name": "pez"}]),
                ("pez from vectors", [{"name": "prefix"}, {"name": "pez", "init": "top:1 of prefix"}]),
                ("prefix", [{"name": "prefix", "options": {"steps": 1000}}]),
                ("hybrid", [{"name": "hybrid", "options": {"steps": 1000}}])]:
            folder = bench.run(task, name.replace(" ", "-"), strategies, evaluations)
            last = strategies[-1]["name"]
            values = test_by_split(board(folder), last)
            table.add(f"{name} (vectors)" if last in ("prefix", "hybrid") else name, task, values,
                      cost_of(folder, [strategy["name"] for strategy in strategies]))
            if last in ("prefix", "hybrid"):
                for split, value in values.items():
                    vectors[split] = max(value, vectors.get(split, -1))
        manual, tokens = (table.rows[name][task] for name in ("manual", search))
        gain = sum(vectors[split] - manual[split] for split in vectors)
        reached = sum(tokens[split] - manual[split] for split in vectors if split in tokens)
        shares.append(f"{task} {100 * reached / gain:.0f}%" if gain > 0 else f"{task}: the vectors gained nothing")
    note = f"Share of the better ceiling's gain over manual that {search} reached: " + ", ".join(shares) + "."
    return table, note


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prospect", required=True, type=lambda path: str(Path(path).resolve()))
    parser.add_argument("--out", required=True, metavar="DIR")
    parser.add_argument("--model", default="models/pocket-mlm")
    parser.add_argument("--tasks", default="sst2,agnews,subj,rte", type=lambda text: text.split(","))
    parser.add_argument("--splits", default=",".join(map(str, SPLITS)), type=lambda text: [int(s) for s in text.split(",")])
    parser.add_argument("--search", default="genetic", help="the discrete search (default: genetic)")
    parser.add_argument("--evaluations", type=int, default=8000, help="counted work of a search (default: 8000)")
    parser.add_argument("--tables", default="single,calibration,continuous", type=lambda text: text.split(","))
    args = parser.parse_args()
    if "PROSPECT_DATA" not in os.environ:
        sys.exit("PROSPECT_DATA names no folder of data")
    bench, texts = Bench(args), []
    for name in args.tables:
        note = ""
        if name == "single":
            table = single_table(bench, args.tasks, args.search, args.evaluations)
        elif name == "calibration":
            table, note = calibration_table(bench, args.tasks, args.search, args.evaluations)
        elif name == "continuous":
            table, note = continuous_table(bench, args.tasks, args.search, args.evaluations)
        else:
            sys.exit(f"no table is called {name}: single, calibration, continuous")
        texts.append(table.text(args.tasks) + (f"\n\n{note}" if note else ""))
        Path(args.out, "entries.md").write_text("\n\n".join(texts) + "\n")
    print("\n\n".join(texts))


if __name__ == "__main__":
    main()
