"""golden.json: what the reference model computes on a few inputs, in float32 with eager attention.

tests/parity/README.md explains the fields. A row's numbers depend on that row alone.
"""

import copy
import json
import math
from pathlib import Path

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForMaskedLM, AutoModelForSeq2SeqLM

from record_tokens import open_reader, special_ids

MODEL_CLASSES = {"masked_lm": AutoModelForMaskedLM, "causal_lm": AutoModelForCausalLM, "seq2seq_lm": AutoModelForSeq2SeqLM}
FULL_VOCABULARY = 4096  # a larger vocabulary's logits are recorded at some ids only
SWAPS = 10
NEW_TOKENS = 12
BATCH = 4


def kind_of(config):
    if config.is_encoder_decoder:
        return "seq2seq_lm"
    architecture = (config.architectures or [""])[0]
    return "masked_lm" if "MaskedLM" in architecture or "ForPreTraining" in architecture else "causal_lm"


def load(folder, kind):
    model, info = MODEL_CLASSES[kind].from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True)
    for what in ("missing_keys", "mismatched_keys"):
        if info[what]:
            raise ValueError(f"{folder}: {what} {sorted(info[what])}: the reference would guess")
    return model.eval()


def forget_lengths(model):
    """Rotary frequencies as for a short row. The reference keeps those of the longest row that it has seen
    (dynamic scaling), and what a row gives would depend on the rows before it."""
    for module in model.modules():
        if hasattr(module, "original_inv_freq"):
            module.inv_freq = module.original_inv_freq


def number(value):
    return float(f"{float(value):.6g}")


def numbers(tensor):
    return [number(value) for value in tensor.flatten().tolist()]


class Recorder:
    def __init__(self, folder, inputs):
        self.texts = inputs
        self.kind = kind_of(AutoConfig.from_pretrained(folder))
        self.model = load(folder, self.kind)
        self.double = copy.deepcopy(self.model).double()
        self.reader = open_reader(folder)
        self.special = special_ids(folder, self.reader)
        self.pad = self.special.get("pad_token", 0)
        self.noise = {"logits": 0.0, "gradient": 0.0}
        self.scale = {"max_abs": 0.0, "std": 0.0}
        self.logit_ids = None

    def record(self):
        rows = [self.encode(text) for text in self.texts[self.kind]]
        vocabulary = self.vocabulary = self.logits(rows[0]).shape[-1]
        if vocabulary > FULL_VOCABULARY:
            self.logit_ids = sorted({n * vocabulary // 512 for n in range(512)})
        rows = [self.row(n, row) for n, row in enumerate(rows)]
        result = {"format": 1, "kind": self.kind, "model_type": self.model.config.model_type, "vocabulary": vocabulary,
                  "parameters": sum(parameter.numel() for parameter in self.model.parameters())}
        if self.logit_ids:
            result["logit_ids"] = self.logit_ids
        result |= {"inputs": rows, "batch": self.batch(rows[:BATCH])}
        if self.kind == "masked_lm":
            result["pseudo"] = [self.pseudo(text) for text in self.texts["pseudo"]]
        else:
            result["generation"] = [self.generation(rows[n]) for n in self.texts.get("generate", [0, 2])]
        for values in (self.scale, self.noise):
            assert all(math.isfinite(value) for value in values.values()), "not finite"
        return result | {"logit_scale": {key: number(value) for key, value in self.scale.items()},
                         "noise": {key: number(value) for key, value in self.noise.items()}}

    # ---- what the model gets

    def encode(self, text):
        """text: {"text", "pair"?, "target"?}, where {mask} stands for the tokenizer's mask token."""
        def filled(part):
            if part is None or "{mask}" not in part:
                return part
            names = (name for name in ("[MASK]", "<mask>") if self.reader.id_of(name) == self.special["mask_token"])
            return part.replace("{mask}", next(names))

        row = {"text": filled(text["text"])}
        if text.get("pair"):
            row["pair"] = filled(text["pair"])
        found = self.reader.encode(row["text"], row.get("pair"))
        row |= {"input_ids": found["ids"], "attention_mask": [1] * len(found["ids"])}
        if self.kind == "masked_lm" and getattr(self.model.config, "type_vocab_size", 0) > 1:
            row["token_type_ids"] = found["type_ids"]
        if self.kind == "seq2seq_lm":
            start = self.model.generation_config.decoder_start_token_id
            start = self.model.config.decoder_start_token_id if start is None else start
            row["target_ids"] = self.reader.encode_target(text["target"])
            row["decoder_input_ids"] = [start] + row["target_ids"][:-1]
        return row

    @staticmethod
    def tensors(row, names=("input_ids", "attention_mask", "token_type_ids", "decoder_input_ids")):
        return {name: torch.tensor([row[name]]) for name in names if name in row}

    def positions(self, row):
        """Where logits are recorded: at the masks, after the last token, at the last decoder position."""
        if self.kind == "masked_lm":
            return [n for n, token in enumerate(row["input_ids"]) if token == self.special["mask_token"]]
        return [len(row["decoder_input_ids" if self.kind == "seq2seq_lm" else "input_ids"]) - 1]

    # ---- one row

    def logits(self, row, model=None):
        model = model or self.model
        forget_lengths(model)
        with torch.no_grad():
            return model(**self.tensors(row)).logits[0]

    def kept(self, logits):
        return numbers(logits[self.logit_ids] if self.logit_ids else logits)

    def row(self, index, row):
        where = self.positions(row)
        logits, exact = self.logits(row), self.logits(row, self.double)
        picked = logits[where]
        self.noise["logits"] = max(self.noise["logits"], (picked - exact[where]).abs().max().item())
        self.scale = {"max_abs": max(self.scale["max_abs"], picked.abs().max().item()),
                      "std": max(self.scale["std"], picked.std().item())}
        if self.kind == "masked_lm":
            row |= {"mask_positions": where, "logits": [self.kept(line) for line in picked]}
        else:
            targets = row["target_ids"] if self.kind == "seq2seq_lm" else row["input_ids"][1:]
            chosen = logits[:len(targets)].log_softmax(-1)[range(len(targets)), targets]
            row |= {"token_log_probs": numbers(chosen), "log_likelihood": number(chosen.double().sum()),
                    "last_logits": self.kept(picked[0])}
        if self.logit_ids:
            row["log_sum_exp"] = numbers(picked.logsumexp(-1))
        return row | self.gradients(index, row)

    def gradients(self, index, row):
        label = (101 + 37 * index) % min(self.vocabulary, self.reader.size())
        loss, gradient = self.gradient(self.model, row, label)
        _, exact = self.gradient(self.double, row, label)
        self.noise["gradient"] = max(self.noise["gradient"], ((gradient - exact).norm() / exact.norm()).item())
        result = {"label_id": label, "loss": number(loss), "gradient_norms": numbers(gradient.norm(dim=1))}
        if index == 0:
            result["gradient"] = [numbers(line) for line in gradient]
        taken = set(self.positions(row)) if self.kind == "masked_lm" else set()
        place = next(n for n in range(len(row["input_ids"]) // 2, len(row["input_ids"])) if n not in taken)
        best = (-(self.model.get_input_embeddings().weight.detach() @ gradient[place])).topk(SWAPS)
        return result | {"swaps": {"position": place, "ids": best.indices.tolist(), "scores": numbers(best.values)}}

    def gradient(self, model, row, label):
        """Of -log p(label), with respect to the rows of the input embedding matrix, [tokens, width]."""
        forget_lengths(model)
        embedding = (model.get_encoder() if self.kind == "seq2seq_lm" else model).get_input_embeddings()
        tensors, captured = self.tensors(row), []

        def capture(module, arguments, output):
            if captured:  # the decoder's tokens, where it shares the matrix
                return output
            captured.append(output.detach().requires_grad_())
            return captured[0]

        hook = embedding.register_forward_hook(capture)
        try:
            logits = model(**tensors).logits[0]
        finally:
            hook.remove()
        rows = embedding.weight.detach()[tensors["input_ids"][0]]
        factor = float((captured[0][0].detach() / rows).median())  # Gemma's embedding scales what it gives
        assert torch.allclose(captured[0][0], rows * factor, rtol=1e-4), "the embedding does more than scale"
        where = 0 if self.kind == "seq2seq_lm" else self.positions(row)[0]
        loss = -logits[where].log_softmax(-1)[label]
        return loss.item(), torch.autograd.grad(loss, captured)[0][0] * factor

    # ---- several rows, and new tokens

    def batch(self, rows):
        """The first rows, padded on the right."""
        pads = {"input_ids": self.pad, "attention_mask": 0, "token_type_ids": 0, "decoder_input_ids": self.pad}
        arrays = {}
        for name in (name for name in pads if name in rows[0]):
            width = max(len(row[name]) for row in rows)
            arrays[name] = [row[name] + [pads[name]] * (width - len(row[name])) for row in rows]
        forget_lengths(self.model)
        with torch.no_grad():
            logits = self.model(**{name: torch.tensor(array) for name, array in arrays.items()}).logits
        where = [self.positions(row)[0] for row in rows]
        field = {"mask_positions": [[n] for n in where]} if self.kind == "masked_lm" else {"last_position": where}
        return arrays | field | {"logits": [self.kept(logits[n, place]) for n, place in enumerate(where)]}

    def pseudo(self, text):
        """Each token masked in turn, special ones never."""
        row = self.encode({"text": text})
        scores = []
        for n, token in enumerate(row["input_ids"]):
            if token in self.special.values():
                continue
            masked = row["input_ids"][:n] + [self.special["mask_token"]] + row["input_ids"][n + 1:]
            scores.append(self.logits(row | {"input_ids": masked})[n].log_softmax(-1)[token])
        scores = torch.stack(scores)
        return row | {"token_log_probs": numbers(scores), "log_likelihood": number(scores.double().sum())}

    def generation(self, row):
        settings = dict(do_sample=False, max_new_tokens=NEW_TOKENS, length_penalty=1.0, early_stopping=False,
                        pad_token_id=self.pad, return_dict_in_generate=True, output_scores=True)
        if self.kind == "seq2seq_lm":  # the reference's cache fails where the decoder has more layers than the encoder
            settings["use_cache"] = False
        skip = 0 if self.kind == "seq2seq_lm" else len(row["input_ids"])
        found = []
        for beams in (1, 4):
            forget_lengths(self.model)
            found.append(self.model.generate(**self.tensors(row, ("input_ids", "attention_mask")), num_beams=beams, **settings))
        own = self.model.generation_config
        return {"text": row["text"], "input_ids": row["input_ids"], "max_new_tokens": NEW_TOKENS,
                "eos_token_id": own.eos_token_id, "forced_eos_token_id": getattr(own, "forced_eos_token_id", None),
                "bad_words_ids": own.bad_words_ids, "greedy": found[0].sequences[0, skip:].tolist(),
                "beam_4": found[1].sequences[0, skip:].tolist(), "beam_4_score": number(found[1].sequences_scores[0])}


def record_model(folder, inputs):
    return Recorder(folder, inputs).record()


def write_json(path, value):
    Path(path).write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
