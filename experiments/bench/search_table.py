#!/usr/bin/env python3
"""Runs strategies at one budget on few-shot tasks and writes a table of what they reached.

  PROSPECT_DATA=/path/to/data search_table.py --prospect build/release/bin/prospect --out DIR \\
      [--tasks sst2,agnews,subj] [--configs autoprompt,gcg] [--evaluations 20000]

Every file of experiments/configs that is named is run on every task with the same five splits, EVALUATIONS of
counted work each; a run that is there already is not run again, one that was stopped goes on. Columns: accuracy on
the test set, mean (standard deviation) over the splits, of the entry that was best on dev; then over all tasks the
mean difference to the task's manual prompt with its 95% interval (Student's t over splits, each split's difference
averaged over the tasks), the mean dev accuracy, counted work and seconds of a search.
"""
import argparse
import json
import math
import statistics
import subprocess
import sys
from pathlib import Path

CONFIGS = Path(__file__).resolve().parent.parent / "configs"
# Student's t, two-sided 95%, by degrees of freedom.
T95 = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262}


def search(args, task, config):
    """Runs or continues one configuration on one task; its folder."""
    folder = Path(args.out).resolve() / task / config
    experiment = CONFIGS / f"{config}.json"
    splits = len(json.loads(experiment.read_text())["split_seeds"])
    if not (folder / "summary.json").exists():
        command = [args.prospect, "search", experiment, "--out", folder, "--set", f"/task={task}", "--set",
                   f"/budget/evaluations={splits * args.evaluations}", "--cache", Path(args.out).resolve() / "outcomes.sqlite",
                   "--precision", args.precision, "--json"]
        print("$", " ".join(map(str, command)), file=sys.stderr, flush=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        with open(f"{folder}.log", "w") as log:
            subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL, stderr=log)
    return folder


def read(folder, config):
    """For each split: dev and test accuracy of the configuration's best entry, test accuracy of the manual control.

    Of a portfolio all strategies count, else the last alone: those before it are its seeds.
    """
    experiment = json.loads((CONFIGS / f"{config}.json").read_text())
    names = [strategy.get("as", strategy["name"]) for strategy in experiment["strategies"]]
    if "portfolio" not in experiment:
        names = names[-1:]
    rows = [json.loads(line) for line in (folder / "leaderboard.jsonl").read_text().splitlines()]
    splits = {}
    for row in rows:
        accuracy = row["metric"]
        split = splits.setdefault(row["split_seed"], {})
        if row["control"] == "manual":
            split["manual"] = row["test"][accuracy]
        elif not row["control"] and row["strategy"] in names and row["test"] and "test" not in split:
            split["test"], split["dev"] = row["test"][accuracy], row["dev"][accuracy]
    summary = json.loads((folder / "summary.json").read_text())
    units = [unit for unit in summary["units"] if unit["strategy"] in names]
    return {"splits": splits, "evaluations": sum(unit["evaluations"] for unit in units) / len(splits),
            "seconds": sum(unit["seconds"] for unit in units) / len(splits)}


def interval(values):
    mean = statistics.mean(values)
    if len(values) < 2:
        return mean, math.nan
    return mean, T95[len(values) - 1] * statistics.stdev(values) / math.sqrt(len(values))


def line_of(config, results, tasks):
    cells, differences, devs = [config], {}, []
    for task in tasks:
        splits = results[task]["splits"]
        tests = [100 * split["test"] for split in splits.values()]
        cells.append(f"{statistics.mean(tests):.1f} ({statistics.stdev(tests) if len(tests) > 1 else math.nan:.1f})")
        devs += [100 * split["dev"] for split in splits.values()]
        for seed, split in splits.items():
            differences.setdefault(seed, []).append(100 * (split["test"] - split["manual"]))
    mean, half = interval([statistics.mean(values) for values in differences.values()])
    cells += [f"{mean:+.1f} [{mean - half:+.1f}, {mean + half:+.1f}]", f"{statistics.mean(devs):.1f}",
              f"{statistics.mean(results[task]['evaluations'] for task in tasks):.0f}",
              f"{statistics.mean(results[task]['seconds'] for task in tasks):.1f}"]
    return cells, statistics.mean(devs)


def manual_line(results, tasks):
    cells = ["manual"]
    for task in tasks:
        tests = [100 * split["manual"] for split in results[task]["splits"].values()]
        cells.append(f"{statistics.mean(tests):.1f} ({statistics.stdev(tests) if len(tests) > 1 else math.nan:.1f})")
    return cells + [""] * 4


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prospect", required=True, type=lambda path: str(Path(path).resolve()))
    parser.add_argument("--out", required=True, metavar="DIR")
    parser.add_argument("--tasks", default="sst2,agnews,subj", type=lambda text: text.split(","))
    parser.add_argument("--configs", type=lambda text: text.split(","), help="default: all")
    parser.add_argument("--evaluations", type=int, default=20000, help="counted work of a search (default: 20000)")
    parser.add_argument("--precision", default="float32")
    args = parser.parse_args()
    configs = args.configs or sorted(file.stem for file in CONFIGS.glob("*.json"))
    table = {}
    for task in args.tasks:  # a task at a time: one that is cut off leaves whole columns
        for config in configs:
            table.setdefault(config, {})[task] = read(search(args, task, config), config)
    lines = [line_of(config, results, args.tasks) for config, results in table.items()]
    best = max(lines, key=lambda line: line[1])[0][0]
    head = ["strategy", *args.tasks, "to manual, all tasks [95%]", "dev", "evaluations", "seconds"]
    rows = [head, ["---"] * len(head), manual_line(table[configs[0]], args.tasks), *(cells for cells, _ in lines)]
    text = "\n".join("| " + " | ".join(row) + " |" for row in rows) + f"\n\nBest by dev alone: {best}.\n"
    Path(args.out, "table.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
