#!/usr/bin/env python3
"""LAMA's relations: what prompts that were mined, paraphrased, generated or searched for reach on facts.

  PROSPECT_DATA=/path/to/data facts_table.py --prospect build/release/bin/prospect --out DIR \\
      [--model models/pocket-mlm] [--relations P19,P20] [--strategies manual,mining,autoprompt]

Reads `lama/` and `corpus/` of the data folder. For each relation the `train` facts are cut 80/20: prompts are mined and
searched for on the first part, and each strategy's best is chosen on the second. Tested once on LAMA's own facts
(`lama`); relations that have none there are tested on `dev` and shown apart. Candidates are the relation's objects that
are one token of the model; other facts are dropped, and counted. A second table scores the same prompts on all facts,
every object of the relation a candidate, by one rule for answers of several tokens (--rule, --norm).

P@1 micro is the mean over facts, macro the mean over objects of that object's mean; both are averaged over relations.
The interval is of the difference to LAMA's manual template, the facts resampled within each relation. `majority` answers
the most frequent training object; `random LM` is the manual template with random weights. A strategy that this build
lacks is left out and named. A search that is there already is not run again.
"""
import argparse
import collections
import json
import os
import random
import statistics
import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).resolve().parent
# What each name of --strategies runs, in this order: a later one may start from an earlier one.
STRATEGIES = {
    "manual": {"name": "manual"},
    "mining": {"name": "mining"},
    "paraphrase": {"name": "paraphrase", "init": "top:1 of manual"},
    "generation": {"name": "generation", "options": {"examples": 16}},
    "autoprompt": {"name": "autoprompt", "options": {"triggers": 5, "exclude_capitalised": True}},
    "ensemble": {"name": "ensemble", "init": "top:3 of mining", "options": {"members": 3, "greedy_members": 3}},
}
RESAMPLES = 2000


def read_lines(path):
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").split("\n") if line]


def write_lines(path, rows):
    Path(path).write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def run(args, *command, **options):
    command = [str(part) for part in (args.prospect, *command)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, **options)
    if done.returncode != 0:
        sys.exit(f"exit code {done.returncode} of: {' '.join(command)}")
    return done.stdout


def single_tokens(args, objects):
    """The objects that are one token, alone or behind a space, and read back as themselves."""
    texts = [text for name in objects for text in (name, " " + name)]
    lines = run(args, "tokenize", "--model", args.model, "--no-special", "--jsonl",
                input="".join(json.dumps({"text": text}) + "\n" for text in texts)).split("\n")
    single = set()
    for text, line in zip(texts, lines):
        tokens = json.loads(line)
        if len(tokens["ids"]) == 1 and tokens["decoded"].strip().casefold() == text.strip().casefold():
            single.add(text.strip())
    return single


class Facts:
    """The facts of all relations, and which of them the model can answer with one token."""

    def __init__(self, args):
        lama = args.data / "lama"
        self.templates = {row["relation"]: row["template"] for row in read_lines(lama / "relations.jsonl")}
        self.rows = {}
        for path in sorted((lama / "facts").glob("*.jsonl")):
            if not args.relations or path.stem in args.relations:
                self.rows[path.stem] = read_lines(path)
        missing = set(args.relations or []) - set(self.rows)
        if missing or not self.rows:
            sys.exit(f"expected facts in {lama / 'facts'}, found none of {', '.join(sorted(missing)) or 'any relation'}")
        self.single = single_tokens(args, sorted({row["obj_label"] for rows in self.rows.values() for row in rows}))

    def of(self, relation, split, single):
        return [row for row in self.rows[relation]
                if row["split"] == split and (not single or row["obj_label"] in self.single)]

    def test_split(self, relation):
        return "lama" if any(row["split"] == "lama" for row in self.rows[relation]) else "dev"

    def test(self, relation, single):
        return self.of(relation, self.test_split(relation), single)

    def parts(self, relation, single):
        """The training facts, 80/20: every fifth is for choosing."""
        rows = self.of(relation, "train", single)
        return [row for i, row in enumerate(rows) if i % 5 != 4], rows[4::5]

    def usable(self):
        """Relations that have facts in every part, and at least two objects."""
        good = []
        for relation in self.rows:
            mine, choose = self.parts(relation, True)
            objects = {row["obj_label"] for row in mine + choose}
            if mine and choose and len(objects) > 1 and self.test(relation, True):
                good.append(relation)
            else:
                print(f"{relation} left out: too few facts whose object is one token", file=sys.stderr)
        return good


def own_template(lama):
    return lama.replace("{", "{{").replace("}", "}}").replace("[X]", "{sub_label}").replace("[Y]", "{mask}")


def write_task(folder, facts, relations, templates, single):
    """A task over these relations whose manual prompts are `templates`."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = {"train": [], "dev": [], "test": []}
    for relation in relations:
        mine, choose = facts.parts(relation, single)
        test = facts.test(relation, single)
        for name, rows in (("train", mine), ("dev", choose), ("test", test)):
            parts[name] += [{"id": f"{relation}-{name}-{i}", **{key: row[key] for key in ("relation", "sub_label", "obj_label")}}
                            for i, row in enumerate(rows)]
    for name, rows in parts.items():
        write_lines(folder / f"{name}.jsonl", rows)
    task = {"name": folder.name, "kind": "facts", "fields": ["sub_label"], "label": "obj_label", "group": "relation",
            "metric": "accuracy", "answer_space": "candidates", "format": "lama",
            "files": {name: f"{name}.jsonl" for name in parts},
            "manual": [{"group": relation, "template": templates[relation]} for relation in relations]}
    (folder / "task.json").write_text(json.dumps(task, indent=1))
    return folder


def search(args, task, relation, names):
    folder = args.out / "runs" / relation
    if not (folder / "summary.json").exists():
        experiment = {
            "task": f"{task}/{relation}", "setting": "full", "model": str(args.model), "seed": args.seed,
            "strategies": [strategy_of(args, name, names) for name in names],
            "budget": {"evaluations": args.evaluations * len(names)}, "output": str(folder)}
        path = args.out / "experiments" / f"{relation}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(experiment, indent=1))
        print(f"searching {relation}", file=sys.stderr, flush=True)
        run(args, "search", path, "--cache", args.out / "outcomes.sqlite", "--json", stderr=subprocess.DEVNULL)
    return [json.loads(line) for line in (folder / "leaderboard.jsonl").read_text().split("\n") if line]


def strategy_of(args, name, names):
    strategy = json.loads(json.dumps(STRATEGIES[name]))
    if name == "mining":
        strategy["options"] = {"corpus": str(args.corpus), **json.loads(args.mining)}
    if "init" in strategy and strategy["init"].split(" of ")[1] not in names:
        del strategy["init"]
    return strategy


def best_rows(board, names):
    """Of each strategy the entry that was best on the facts for choosing."""
    best = {}
    for row in board:
        if not row["control"] and row["strategy"] in names and row["rank"] is not None:
            known = best.get(row["strategy"])
            if known is None or row["rank"] < known["rank"]:
                best[row["strategy"]] = row
    return best


def hits_of(args, facts, relations, templates, label, single):
    """For each relation, whether each test fact's object came first."""
    task = write_task(args.out / "chosen" / f"{label}-{'single' if single else 'all'}", facts, relations, templates, single)
    outcomes = task / "outcomes.jsonl"
    rule = [] if single else ["--rule", args.rule, "--norm", args.norm]
    run(args, "score", "--model", args.model, "--task", task, "--split", "test", "--outcomes", outcomes, *rule, "--json",
        stderr=subprocess.DEVNULL)
    right = {row["id"]: row.get("predicted") == row["label"] for row in read_lines(outcomes)}
    return {relation: [right[f"{relation}-test-{i}"] for i in range(len(facts.test(relation, single)))]
            for relation in relations}


def majority_hits(facts, relations, single):
    hits = {}
    for relation in relations:
        mine, choose = facts.parts(relation, single)
        counts = collections.Counter(row["obj_label"] for row in mine + choose)
        answer = min(counts, key=lambda name: (-counts[name], name))
        hits[relation] = [row["obj_label"] == answer for row in facts.test(relation, single)]
    return hits


def macro(hits, rows):
    by_object = collections.defaultdict(list)
    for hit, row in zip(hits, rows):
        by_object[row["obj_label"]].append(hit)
    return statistics.mean(statistics.mean(values) for values in by_object.values())


def averages(facts, hits, relations, single):
    """P@1 micro and macro, each averaged over the relations."""
    return (statistics.mean(statistics.mean(hits[relation]) for relation in relations),
            statistics.mean(macro(hits[relation], facts.test(relation, single)) for relation in relations))


def paired(hits, manual, relations, seed):
    """Mean difference of micro P@1 over relations, and its 95% interval from resampled facts."""
    differences = [[a - b for a, b in zip(hits[relation], manual[relation])] for relation in relations]
    rng = random.Random(seed)
    means = sorted(statistics.mean(statistics.mean(rng.choices(part, k=len(part))) for part in differences)
                   for _ in range(RESAMPLES))
    mean = statistics.mean(statistics.mean(part) for part in differences)
    return mean, means[int(0.025 * RESAMPLES)], means[int(0.975 * RESAMPLES) - 1]


def markdown(head, rows):
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows]) + "\n"


def lines_of(args, facts, table, relations, single):
    rows = []
    for label, hits in table.items():
        covered = [relation for relation in relations if relation in hits]
        if not covered:
            continue
        micro, by_object = averages(facts, hits, covered, single)
        row = [label, f"{100 * micro:.1f}", f"{100 * by_object:.1f}", str(len(covered))]
        if label in ("manual", "majority") or "manual" not in table:
            row.append("")
        else:
            mean, low, high = paired(hits, table["manual"], covered, args.seed)
            row.append(f"{100 * mean:+.1f} [{100 * low:+.1f}, {100 * high:+.1f}]")
        rows.append(row)
    return rows


def score_table(args, facts, relations, chosen, single):
    manual = {relation: own_template(facts.templates[relation]) for relation in relations}
    table = {"majority": majority_hits(facts, relations, single),
             "manual": hits_of(args, facts, relations, manual, "manual", single)}
    for label, templates in chosen.items():
        covered = [relation for relation in relations if relation in templates]
        if label != "manual" and covered:
            table[label] = hits_of(args, facts, covered, templates, label, single)
    return table


def known_strategies(args):
    return {row["name"] for row in json.loads(run(args, "list", "strategies", "--json"))["strategies"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prospect", required=True, type=lambda path: Path(path).resolve())
    parser.add_argument("--out", required=True, metavar="DIR", type=lambda path: Path(path).resolve())
    parser.add_argument("--data", type=lambda path: Path(path).resolve(), help="default: $PROSPECT_DATA")
    parser.add_argument("--corpus", type=lambda path: Path(path).resolve(), help="default: corpus/sentences.txt.xz of the data")
    parser.add_argument("--model", default="pocket-mlm", help="folder, or the name of a model that comes along")
    parser.add_argument("--relations", type=lambda text: text.split(","), help="default: all")
    parser.add_argument("--strategies", default=",".join(STRATEGIES), type=lambda text: text.split(","))
    parser.add_argument("--mining", default="{}", help="options of the strategy mining, as JSON")
    parser.add_argument("--evaluations", type=int, default=4000, help="counted work of a strategy and relation (default: 4000)")
    parser.add_argument("--rule", default="parallel", help="for answers of several tokens (default: parallel)")
    parser.add_argument("--norm", default="tokens", help="what their log-probability is divided by (default: tokens)")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    args.data = args.data or Path(os.environ.get("PROSPECT_DATA", "")).resolve()
    args.corpus = args.corpus or args.data / "corpus" / "sentences.txt.xz"
    if Path(args.model).exists():
        args.model = Path(args.model).resolve()
    unknown = [name for name in args.strategies if name not in STRATEGIES]
    if unknown:
        sys.exit(f"expected strategies among {', '.join(STRATEGIES)}, found {', '.join(unknown)}")
    absent = [name for name in args.strategies if STRATEGIES[name]["name"] not in known_strategies(args)]
    names = [name for name in args.strategies if name not in absent]

    facts = Facts(args)
    relations = facts.usable()
    manual = {relation: own_template(facts.templates[relation]) for relation in relations}
    task = write_task(args.out / "facts", facts, relations, manual, True)
    chosen, random_lm, ensembles = collections.defaultdict(dict), {}, collections.defaultdict(dict)
    for relation in relations:
        board = search(args, task, relation, names)
        for name, row in best_rows(board, names).items():
            if row["kind"] == "candidate":
                chosen[name][relation] = row["template"]
            elif row["test"]:
                ensembles[name][relation] = row["test"][row["metric"]]
        for row in board:
            if row["control"] == "random_lm" and row["test"]:
                random_lm[relation] = row["test"][row["metric"]]

    text = "## Facts kept\n\n" + markdown(
        ["relation", "objects", "to mine", "to choose", "test", "of the split"],
        [[relation, str(len({row["obj_label"] for row in facts.rows[relation]} & facts.single)),
          *(f"{len(kept)} of {len(whole)}" for kept, whole in zip(facts.parts(relation, True), facts.parts(relation, False))),
          f"{len(facts.test(relation, True))} of {len(facts.test(relation, False))}", facts.test_split(relation)]
         for relation in relations])
    head = ["prompts", "P@1 micro", "P@1 macro", "relations", "to manual, micro [95%]"]
    for single in (True, False):
        table = score_table(args, facts, relations, chosen, single)
        kind = "objects of one token" if single else f"all facts, rule {args.rule}, norm {args.norm}"
        for split, title in (("lama", "LAMA's facts"), ("dev", "relations without facts in LAMA, on `dev`")):
            part = [relation for relation in relations if facts.test_split(relation) == split]
            if not part:
                continue
            rows = lines_of(args, facts, table, part, single)
            for label, values in ([("random LM", random_lm), *ensembles.items()] if single else []):
                covered = [values[relation] for relation in part if relation in values]
                if covered:
                    rows.append([label, f"{100 * statistics.mean(covered):.1f}", "", str(len(covered)), ""])
            text += f"\n## {title}: {kind}\n\n" + markdown(head, rows)
    text += f"\nNot in this build: {', '.join(absent)}.\n" if absent else ""
    Path(args.out, "table.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
