#!/usr/bin/env python3
"""Peers of the gradient path: one step of AutoPrompt on a masked LM, or of GCG on a causal one.

A step is the gradient of the mean loss at the trigger slots over all rows, and the loss of every
candidate (the triggers with one token swapped) on all rows. It is written in two ways:
  authors   as published code runs it. AutoPrompt (Shin et al. 2020): batches in input order, padded to
            their longest row, all parameters take gradients, one candidate at a time, logits at every
            position. GCG (Zou et al. 2023, as nanoGCG has it): one example at a time, the gradient
            through one-hot rows times the embedding matrix, all candidates of an example in one batch
            behind a cached prefix, logits at every position of what follows it.
  careful   the same numbers with parameters frozen, the gradient taken at the embeddings alone, rows of
            all candidates together sorted by length into batches of equal cost, the LM head at the
            answer alone; the fastest of eager and fused attention and of threads within an operator or a
            thread per batch.

The template is "{text} [triggers] [answer] ." for a masked LM, "{text} [triggers]" and the answer next
for a causal one; a row's "label" is its answer, one token. Prints one JSON object.
"""
import argparse
import copy
import json
import os
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch
import transformers


def load(args, attention):
    kind = transformers.AutoModelForCausalLM if args.causal else transformers.AutoModelForMaskedLM
    return kind.from_pretrained(args.model, attn_implementation=attention, dtype=torch.float32).eval()


class Row:
    """Token ids of one row: what stands before the triggers, what follows them, where the answer is read."""

    def __init__(self, tokenizer, fields, args):
        def encode(text):
            return tokenizer(text, add_special_tokens=False)["input_ids"]

        spaced = args.causal and tokenizer.backend_tokenizer is not None
        answer = encode((" " if spaced else "") + fields["label"])
        if len(answer) != 1:
            sys.exit(f"gradient_peer.py: '{fields['label']}' has {len(answer)} tokens, expected 1")
        self.answer = answer[0]
        self.before = encode(fields["text"])
        self.after = []
        if not args.causal:
            self.before = [tokenizer.cls_token_id] + self.before
            self.after = [tokenizer.mask_token_id] + encode(".") + [tokenizer.sep_token_id]
        self.first = len(self.before)
        self.read = self.first + args.triggers - (1 if args.causal else 0)

    def ids(self, triggers):
        return self.before + triggers + self.after

    def length(self, num_triggers):
        return len(self.before) + num_triggers + len(self.after)


def candidates_of(triggers, num_candidates, vocabulary, seed):
    """The triggers with one token swapped, at random: what is timed does not depend on which."""
    draw = random.Random(seed)
    result = []
    for _ in range(num_candidates):
        swapped = list(triggers)
        swapped[draw.randrange(len(swapped))] = draw.randrange(vocabulary // 2, vocabulary)
        result.append(swapped)
    return result


def padded(sequences, pad):
    width = max(map(len, sequences))
    ids = torch.tensor([ids + [pad] * (width - len(ids)) for ids in sequences])
    lengths = torch.tensor([len(ids) for ids in sequences])
    attend = None if (lengths == width).all() else (torch.arange(width) < lengths[:, None]).long()
    return ids, attend


def answer_loss(logits, answers):
    return torch.nn.functional.cross_entropy(logits.float(), answers, reduction="none")


class AutoPromptAuthors:
    """Batches as they come, everything computed."""

    def __init__(self, args, rows, pad):
        self.args, self.rows, self.pad = args, rows, pad
        self.model = load(args, "sdpa")
        self.grown = {}
        self.model.get_input_embeddings().register_full_backward_hook(
            lambda module, given, taken: self.grown.update(at=taken[0]))

    def batches(self):
        return [self.rows[i:i + self.args.batch] for i in range(0, len(self.rows), self.args.batch)]

    def loss(self, batch, triggers):
        ids, attend = padded([row.ids(triggers) for row in batch], self.pad)
        logits = self.model(input_ids=ids, attention_mask=attend).logits
        read = torch.tensor([row.read for row in batch])
        return answer_loss(logits[torch.arange(len(batch)), read], torch.tensor([row.answer for row in batch]))

    def gradient(self, triggers):
        total, losses = 0, []
        for batch in self.batches():
            self.model.zero_grad()
            loss = self.loss(batch, triggers)
            loss.mean().backward()
            at = torch.stack([self.grown["at"][i, row.first:row.first + len(triggers)] for i, row in enumerate(batch)])
            total = total + at.sum(0)
            losses.append(loss.detach())
        return total, torch.cat(losses)

    def candidate_losses(self, candidates):
        with torch.no_grad():
            return torch.stack([torch.cat([self.loss(batch, triggers) for batch in self.batches()])
                                for triggers in candidates])


class GcgAuthors:
    """One example at a time; candidates in one batch behind a cached prefix."""

    def __init__(self, args, rows, pad):
        self.rows = rows
        self.model = load(args, "sdpa")
        self.table = self.model.get_input_embeddings().weight

    def gradient(self, triggers):
        total, losses = 0, []
        for row in self.rows:
            one_hot = torch.nn.functional.one_hot(torch.tensor(triggers), self.table.shape[0]).float()
            one_hot.requires_grad_()
            before = self.table[torch.tensor(row.before)].detach()
            logits = self.model(inputs_embeds=torch.cat([before, one_hot @ self.table])[None]).logits
            loss = answer_loss(logits[:, -1], torch.tensor([row.answer]))
            total = total + torch.autograd.grad(loss.sum(), one_hot)[0]
            losses.append(loss.detach())
        return total, torch.cat(losses)

    def candidate_losses(self, candidates):
        columns = []
        with torch.no_grad():
            for row in self.rows:
                prefix = self.model(input_ids=torch.tensor([row.before]), use_cache=True).past_key_values
                cache = copy.deepcopy(prefix)
                cache.batch_repeat_interleave(len(candidates))
                logits = self.model(input_ids=torch.tensor(candidates), past_key_values=cache, use_cache=True).logits
                columns.append(answer_loss(logits[:, -1], torch.full((len(candidates),), row.answer)))
        return torch.stack(columns, 1)


class Careful:
    def __init__(self, args, rows, pad, attention, threads):
        self.args, self.rows, self.pad, self.workers = args, rows, pad, threads
        self.model = load(args, attention).requires_grad_(False)
        self.head = getattr(self.model, "cls", None) or self.model.lm_head
        self.table = self.model.get_input_embeddings().weight

    def batches(self, items):
        """Items (row, triggers) sorted by length, the longest first, with an equal number of tokens."""
        length = {id(row): row.length(self.args.triggers) for row in self.rows}
        budget = self.args.batch * sum(length.values()) / len(length)
        result = []
        for number in sorted(range(len(items)), key=lambda i: -length[id(items[i][0])]):
            if not result or (len(result[-1]) + 1) * length[id(items[result[-1][0]][0])] > budget:
                result.append([])
            result[-1].append(number)
        return result

    def map(self, work, batches):
        if self.workers == 1:
            return [work(batch) for batch in batches]
        with ThreadPoolExecutor(self.workers) as pool:
            return list(pool.map(work, batches))

    def loss(self, rows, ids, attend, vectors=None):
        given = {"input_ids": ids} if vectors is None else {"inputs_embeds": vectors}
        hidden = self.model.base_model(**given, attention_mask=attend).last_hidden_state
        read = torch.tensor([row.read for row in rows])
        logits = self.head(hidden[torch.arange(len(rows)), read])
        return answer_loss(logits, torch.tensor([row.answer for row in rows]))

    def gradient(self, triggers):
        items = [(row, triggers) for row in self.rows]

        def work(batch):
            rows = [items[i][0] for i in batch]
            ids, attend = padded([row.ids(triggers) for row in rows], self.pad)
            vectors = self.table[ids].requires_grad_()
            loss = self.loss(rows, ids, attend, vectors)
            at = torch.autograd.grad(loss.sum(), vectors)[0]
            picked = torch.stack([at[i, row.first:row.first + len(triggers)] for i, row in enumerate(rows)])
            return picked.sum(0), loss.detach(), batch

        losses, total = torch.empty(len(items)), 0
        for at, loss, batch in self.map(work, self.batches(items)):
            total = total + at
            losses[batch] = loss
        return total, losses

    def candidate_losses(self, candidates):
        items = [(row, triggers) for triggers in candidates for row in self.rows]
        losses = torch.empty(len(items))

        def work(batch):
            rows = [items[i][0] for i in batch]
            ids, attend = padded([items[i][0].ids(items[i][1]) for i in batch], self.pad)
            with torch.inference_mode():
                losses[batch] = self.loss(rows, ids, attend)

        self.map(work, self.batches(items))
        return losses.view(len(candidates), len(self.rows))


def timed(work, repeat, seconds):
    """The best of several passes behind one that warms up; a first pass of many seconds needs no warm-up."""
    best, began = float("inf"), time.perf_counter()
    for turn in range(repeat + 1):
        start = time.perf_counter()
        result = work()
        taken = time.perf_counter() - start
        if turn > 0 or taken > seconds / 4:
            best = min(best, taken)
        if best < float("inf") and time.perf_counter() - began > seconds:
            break
        if turn == 0 and taken > seconds / 4:
            break
    return best, result


def measure(name, peer, triggers, candidates, args, num_rows):
    gradient_s, (_, losses) = timed(lambda: peer.gradient(triggers), args.repeat, args.seconds)
    candidates_s, scored = timed(lambda: peer.candidate_losses(candidates), args.repeat, args.seconds)
    print(f"{name}: gradient {num_rows / gradient_s:.1f} rows/s, candidates {scored.numel() / candidates_s:.1f} rows/s",
          file=sys.stderr)
    return {"way": name, "gradient_s": gradient_s, "candidates_s": candidates_s, "step_s": gradient_s + candidates_s,
            "mean_loss": losses.mean().item(), "candidate_loss": scored.mean().item()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, metavar="DIR")
    parser.add_argument("--texts", required=True, metavar="FILE", help='rows {"text", "label"}')
    parser.add_argument("--causal", action="store_true", help="GCG on a causal LM, else AutoPrompt on a masked one")
    parser.add_argument("--triggers", type=int, default=3)
    parser.add_argument("--candidates", type=int, default=10)
    parser.add_argument("--batch", type=int, default=32, help="rows; for the careful way as many tokens as so many average rows")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=20, help="no further pass after so many")
    args = parser.parse_args()

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    tokenizer = transformers.AutoTokenizer.from_pretrained(args.model)
    rows = [Row(tokenizer, json.loads(line), args) for line in Path(args.texts).read_text().splitlines() if line.strip()]
    pad = tokenizer.pad_token_id or 0
    start = tokenizer.mask_token_id if not args.causal else tokenizer("!", add_special_tokens=False)["input_ids"][0]
    triggers = [start] * args.triggers
    candidates = candidates_of(triggers, args.candidates, len(tokenizer), 1)

    authors = (GcgAuthors if args.causal else AutoPromptAuthors)(args, rows, pad)
    ways = {"authors": [], "careful": []}
    for threads in sorted({1, args.threads}):  # where BLAS threads get into each other's way one is faster
        torch.set_num_threads(threads)
        ways["authors"].append(measure(f"authors, {threads} threads", authors, triggers, candidates, args, len(rows)))
    del authors
    for attention in ("eager", "sdpa"):
        for workers in sorted({1, args.threads}):
            torch.set_num_threads(args.threads if workers == 1 else 1)
            peer = Careful(args, rows, pad, attention, workers)
            name = f"careful, {attention}, {'threads within operators' if workers == 1 else 'a thread per batch'}"
            ways["careful"].append(measure(name, peer, triggers, candidates, args, len(rows)))
    best = [{"way": way, **{key: min(how[key] for how in tried) for key in ("gradient_s", "candidates_s")},
             "mean_loss": tried[0]["mean_loss"]} for way, tried in ways.items()]
    print(json.dumps({"rows": len(rows), "candidates": args.candidates, "triggers": args.triggers,
                      "best": best, "ways": ways}))


if __name__ == "__main__":
    main()
