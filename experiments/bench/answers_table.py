#!/usr/bin/env python3
"""Label words by every method, and joint search against one after the other: the tables of answers.md.

  PROSPECT_DATA=/path/to/data answers_table.py --prospect build/release/bin/prospect --out DIR \\
      [--tasks sst2,agnews,subj,rte,reviews,topics,intents,relations] [--parts words,joint] \\
      [--budgets 400,600,800,1000,1500]

*words*: for each task one run over five splits. Every method gets the prompt that is the best of the manual ones on
dev, and room for the same counted work; the row is the test score of its entry that is best on dev, mean (standard
deviation) over the splits, and the mean paired difference to the manual words of that prompt with its 95% interval
(Student's t over splits).

*joint*: for each task and budget one run over five splits of `joint` in both orders, begun with the first manual
prompt; the difference joint -
templates first in test score, paired by split, with its interval; then over all budgets together (each split's
differences averaged over the budgets).

A run that is there already is not run again, one that was stopped goes on.
"""
import argparse
import json
import math
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SEEDS = [13, 21, 42, 87, 100]
T95 = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262}
METHODS = ["label_probe", "label_prune", "label_ratio", "label_expand", "label_paraphrase", "label_decompose"]
SHOTS = {"intents": 5, "relations": 5, "entities": 16}
LISTS = {"sst2": "sentiment", "mr": "sentiment", "reviews": "sentiment", "topics": "news", "agnews": "agnews",
         "subj": "subj", "rte": "entailment"}  # else label_expand has the words of all manual prompts
LM_BFF = {"sst2", "agnews", "subj", "rte", "mr", "mpqa"}


def run(args, name, task, strategies, evaluations):
    """Runs or continues an experiment of this name; its folder."""
    out = Path(args.out).resolve()
    folder = out / name
    experiment = {"task": task, "shots": SHOTS.get(task, 16), "split_seeds": SEEDS,
                  "protocol": "lm-bff" if task in LM_BFF else "balanced", "model": str(Path(args.model).resolve()),
                  "seed": 1, "strategies": strategies, "budget": {"evaluations": evaluations * len(SEEDS)},
                  "output": str(folder)}
    out.mkdir(parents=True, exist_ok=True)
    file = out / f"{name}.json"
    file.write_text(json.dumps(experiment, indent=1))
    if not (folder / "summary.json").exists():
        command = [args.prospect, "search", str(file), "--cache", str(out / "outcomes.sqlite"), "--json"]
        print("$", " ".join(command), file=sys.stderr, flush=True)
        with open(out / f"{name}.log", "w") as log:
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=log)
    return folder


def read(folder):
    """{strategy: {split: (test, dev)}} of each strategy's best entry, and {strategy: mean counted work}."""
    best = {}
    for line in (folder / "leaderboard.jsonl").read_text().splitlines():
        row = json.loads(line)
        metric = row["metric"]
        if row["control"]:
            name = f"control {row['control']}"
        else:
            name = row["strategy"]
        if row["test"] and row["test"].get(metric) is not None:
            best.setdefault(name, {}).setdefault(row["split_seed"], (100 * row["test"][metric], 100 * row["dev"][metric]))
    units = json.loads((folder / "summary.json").read_text())["units"]
    cost = {}
    for unit in units:
        cost.setdefault(unit["strategy"], []).append(unit["evaluations"])
    return best, {name: statistics.mean(values) for name, values in cost.items()}


def interval(values):
    mean = statistics.mean(values)
    if len(values) < 2:
        return f"{mean:+.1f}"
    half = T95[len(values) - 1] * statistics.stdev(values) / math.sqrt(len(values))
    return f"{mean:+.1f} [{mean - half:+.1f}, {mean + half:+.1f}]"


def mean_deviation(values):
    return f"{statistics.mean(values):.1f}" + (f" ({statistics.stdev(values):.1f})" if len(values) > 1 else "")


def table(head, rows):
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows]) + "\n"


def words_table(args, task):
    strategies = [{"name": "manual"}]
    for method in METHODS:
        options = {"own_words": False}
        if method == "label_expand" and task in LISTS:
            options["words"] = str(ROOT / "datasets" / "word_lists" / f"{LISTS[task]}.txt")
        strategies.append({"name": method, "options": options, "init": "top:1 of manual"})
    best, cost = read(run(args, f"words-{task}", task, strategies, len(strategies) * args.room))
    rows = []
    for name in ["control majority", "manual", *METHODS]:
        splits = best.get(name)
        if not splits:
            continue
        differences = [splits[seed][0] - best["manual"][seed][0] for seed in splits if seed in best["manual"]]
        rows.append([name, mean_deviation([test for test, _ in splits.values()]),
                     "" if name in ("manual", "control majority") else interval(differences),
                     mean_deviation([dev for _, dev in splits.values()]), f"{cost.get(name, 0):.0f}"])
    return f"\n### Label words, {task}\n\n" + table(["words", "test", "to manual [95%]", "dev", "counted work"], rows)


def first_template(task):
    """The first manual template of a bundled or described task."""
    folder = ROOT / "datasets"
    file = folder / "bundled" / task / "task.json"
    file = file if file.exists() else folder / "tasks" / f"{task}.json"
    return json.loads(file.read_text())["manual"][0]["template"]


def joint_table(args, task):
    rows, pooled = [], {}
    for budget in args.budgets:
        start = {"initial": [first_template(task)]}
        strategies = [{"name": "joint", "options": start},
                      {"name": "joint", "as": "templates first", "options": {**start, "order": "templates_first"}}]
        best, cost = read(run(args, f"joint-{task}-{budget}", task, strategies, 2 * budget))
        joint, one_after_other = best["joint"], best["templates first"]
        differences = {seed: joint[seed][0] - one_after_other[seed][0] for seed in joint if seed in one_after_other}
        for seed, difference in differences.items():
            pooled.setdefault(seed, []).append(difference)
        rows.append([str(budget), mean_deviation([test for test, _ in joint.values()]),
                     mean_deviation([test for test, _ in one_after_other.values()]), interval(list(differences.values())),
                     f"{cost['joint']:.0f}", f"{cost['templates first']:.0f}"])
    rows.append(["all", "", "", interval([statistics.mean(values) for values in pooled.values()]), "", ""])
    return (f"\n### Joint and one after the other, {task}\n\n" +
            table(["budget", "joint, test", "templates first, test", "difference [95%]", "work, joint", "work, other"], rows))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prospect", required=True, type=lambda path: str(Path(path).resolve()))
    parser.add_argument("--out", required=True, metavar="DIR")
    parser.add_argument("--model", default=str(ROOT / "models" / "pocket-mlm"))
    parser.add_argument("--tasks", type=lambda text: text.split(","),
                        default=["sst2", "agnews", "subj", "rte", "reviews", "topics", "intents", "relations", "entities"])
    parser.add_argument("--parts", default=["words", "joint"], type=lambda text: text.split(","))
    parser.add_argument("--budgets", default=[400, 600, 800, 1000, 1500],
                        type=lambda text: [int(part) for part in text.split(",")])
    parser.add_argument("--room", type=int, default=2000, help="counted work of a method on one split (default: 2000)")
    args = parser.parse_args()
    text = ""
    for part, make in (("words", words_table), ("joint", joint_table)):
        for task in args.tasks if part in args.parts else []:
            text += make(args, task)
            Path(args.out, "answers.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
