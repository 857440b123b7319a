#!/usr/bin/env python3
"""Records what the reference library's models make of searches that prospect runs over them.

    ./reference_stack.sh run DIR make_search_goldens.py CHECKPOINTS ../search_goldens.json

CHECKPOINTS holds the tiny checkpoints `t5`, `t5-v1.1` and `marian` (see README.md). Two searches are
recorded: the best texts of a beam (all of them, with their length-normalised scores), and LM-BFF's
shared beam over several examples (Gao et al. 2021, sec. 5.2), written here from its description.
"""

import json
import sys
from pathlib import Path

import torch
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

TEXTS = ["The film was great.", "[X] was born in [Y] .", "It is about sports"]
CONTEXTS = [
    ["The film was great.", "good", ""],
    ["A dull and long story of nothing", "bad", "that never ends"],
    ["", "good", "We liked it all"],
]
BEAMS, LENGTH = 7, 12
WIDTH, STEPS = 6, 8
# Random weights never end a text: ends are made likelier by so many nats, there as here.
END_BONUS = {"t5": 6.5, "t5-v1.1": 2.0}


def n_best(model, tokenizer, text):
    encoded = tokenizer(text, return_tensors="pt")
    out = model.generate(
        **encoded,
        num_beams=BEAMS,
        num_return_sequences=BEAMS,
        max_new_tokens=LENGTH,
        do_sample=False,
        early_stopping=False,
        length_penalty=1.0,
        return_dict_in_generate=True,
        output_scores=True,
    )
    pad = model.config.pad_token_id
    rows = []
    for ids, score in zip(out.sequences.tolist(), out.sequences_scores.tolist()):
        ids = ids[1:]
        while ids and ids[-1] == pad and pad != model.config.eos_token_id:
            ids.pop()
        rows.append({"ids": ids, "score": round(score, 6)})
    return {"text": text, "input_ids": encoded["input_ids"][0].tolist(), "texts": rows}


class SharedBeam:
    """Extends one prefix for all contexts by the tokens that are likeliest on average."""

    def __init__(self, model, tokenizer, mean, bonus):
        self.model, self.tokenizer, self.mean, self.bonus = model, tokenizer, mean, bonus
        self.sentinels = [tokenizer.convert_tokens_to_ids(f"<extra_id_{i}>") for i in range(3)]
        self.special = set(tokenizer.all_special_ids)

    def encoded(self, before, answer, after):
        text = before + "<extra_id_0> " + answer + "<extra_id_1>"
        return self.tokenizer(text + (" " + after if after else ""), return_tensors="pt")

    def scores(self, inputs, prefix):
        target = torch.tensor([[self.model.config.decoder_start_token_id, *prefix]])
        rows = [self.model(**one, decoder_input_ids=target).logits[0, -1].double() for one in inputs]
        if self.mean == "logit":
            return torch.log_softmax(torch.stack(rows).mean(0), -1)
        return torch.stack([torch.log_softmax(row, -1) for row in rows]).mean(0)

    def run(self, contexts):
        inputs = [self.encoded(*context) for context in contexts]
        first, second, third = self.sentinels
        # [log p, before, after, whether the second part is written]; done beams are apart
        open_beams, done = [(0.0, [], [], False)], []
        for _ in range(STEPS):
            pool = [(beam, True) for beam in done]
            for log_p, before, after, behind in open_beams:
                prefix = [first, *before] + ([second, *after] if behind else [])
                scores = self.scores(inputs, prefix)
                if behind:
                    end = max(scores[third].item(), scores[self.tokenizer.eos_token_id].item())
                    end += self.bonus
                    pool.append(((log_p + end, before, after, True), True))
                else:
                    pool.append(((log_p + scores[second].item() + self.bonus, before, [], True), False))
                for token in range(min(len(self.tokenizer), scores.shape[0])):
                    if token in self.special:
                        continue
                    value = log_p + scores[token].item()
                    if behind:
                        pool.append(((value, before, [*after, token], True), False))
                    else:
                        pool.append(((value, [*before, token], [], False), False))
            pool.sort(key=lambda item: -item[0][0])
            pool = pool[:WIDTH]
            open_beams = [beam for beam, is_done in pool if not is_done]
            done = [beam for beam, is_done in pool if is_done]
            if not open_beams:
                break
        if not done:
            done = [beam for beam in open_beams if beam[3]]
        done = [beam for beam in done if beam[1] or beam[2]]
        return [
            {"before": before, "after": after, "log_p": round(log_p, 6)}
            for log_p, before, after, _ in sorted(done, key=lambda beam: -beam[0])
        ]


def record(folder, bonus):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSeq2SeqLM.from_pretrained(folder, attn_implementation="eager").eval()
    entry = {"n_best": [n_best(model, tokenizer, text) for text in TEXTS]}
    if tokenizer.convert_tokens_to_ids("<extra_id_2>") != tokenizer.unk_token_id:
        entry["shared_beam"] = {
            mean: SharedBeam(model, tokenizer, mean, bonus).run(CONTEXTS)
            for mean in ["log_probability", "logit"]
        }
    return entry


def main():
    checkpoints, out = Path(sys.argv[1]), Path(sys.argv[2])
    torch.manual_seed(0)
    torch.set_num_threads(1)
    golden = {
        "beams": BEAMS,
        "max_new_tokens": LENGTH,
        "contexts": CONTEXTS,
        "width": WIDTH,
        "steps": STEPS,
        "end_bonus": END_BONUS,
        "checkpoints": {},
    }
    with torch.no_grad():
        for name in ["t5", "t5-v1.1", "marian"]:
            golden["checkpoints"][name] = record(checkpoints / name, END_BONUS.get(name, 0.0))
    out.write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
