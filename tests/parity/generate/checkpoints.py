"""Tiny checkpoints with random weights, and other forms in which the same weights are published.

Weights are larger than at the start of a training, biases and norms are away from 0 and 1: outputs are peaked, and
a forgotten bias, a swapped matrix or a wrong epsilon shows.
"""

import json
import shutil
from collections import OrderedDict

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoConfig

from record_model import MODEL_CLASSES

TOKEN_FIELDS = {"pad_token": "pad_token_id", "bos_token": "bos_token_id", "eos_token": "eos_token_id",
                "cls_token": "cls_token_id", "sep_token": "sep_token_id"}


def create(entry, vocabulary, token_ids, folder, seed):
    """config.json and the weights. entry: {"model_type", "kind", "config", "std"?, "embedding_std"?, "spare_rows"?, ...}."""
    known = AutoConfig.for_model(entry["model_type"]).to_dict()
    tokens = {field: token_ids.get(name) for name, field in TOKEN_FIELDS.items() if field in known}
    size = vocabulary.size + entry.get("spare_rows", 0)  # published models often have more rows than tokens
    if entry["kind"] == "seq2seq_lm":
        tokens["decoder_start_token_id"] = tokens["pad_token_id"]
    if entry["model_type"] == "marian":
        tokens["decoder_vocab_size"] = vocabulary.target_size or size
    config = AutoConfig.for_model(entry["model_type"], **({"vocab_size": size} | tokens | entry["config"]))
    torch.manual_seed(seed)
    model = MODEL_CLASSES[entry["kind"]].from_config(config, attn_implementation="eager")
    draw(model, entry.get("std", 0.3), entry.get("embedding_std"), seed)
    if config.model_type == "marian":
        model.generation_config.update(forced_eos_token_id=tokens["eos_token_id"], bad_words_ids=[[tokens["pad_token_id"]]])
    model.save_pretrained(folder)
    if "own_head" in entry:
        add_head(folder / "model.safetensors", *entry["own_head"], seed)
    if entry.get("published"):
        old_spelling(folder / "config.json")


def draw(model, std, embedding_std, seed):
    generator = torch.Generator().manual_seed(seed)
    matrices = {id(module.weight) for module in (model.get_input_embeddings(), model.get_output_embeddings()) if module is not None}

    def noise(tensor, scale):
        return torch.randn(tensor.shape, generator=generator) * scale

    with torch.no_grad():
        for _, parameter in sorted(model.named_parameters()):
            if not parameter.requires_grad:  # a table of sines
                continue
            if parameter.dim() > 1:
                parameter.copy_(noise(parameter, embedding_std or std if id(parameter) in matrices else std))
            else:
                parameter.add_(noise(parameter, 0.2))
        for name, buffer in model.named_buffers():
            if name.endswith("final_logits_bias"):
                buffer.copy_(noise(buffer, 0.5))


def add_head(path, name, like, seed):
    """An output matrix of its own, in a family whose class always ties it when it makes a model."""
    weights = load_file(path)
    weights[name] = torch.randn(weights[like].shape, generator=torch.Generator().manual_seed(seed + 1)) * 0.3
    save_file(weights, path, metadata={"format": "pt"})


def old_spelling(path):
    """config.json as before transformers 5: the rotary keys at the top."""
    config = json.loads(path.read_text())
    rope = config.pop("rope_parameters", None)
    if rope and "full_attention" in rope:
        own, local = rope["full_attention"], rope["sliding_attention"]
        theta, local_theta = (("rope_theta", "rope_local_base_freq") if config["model_type"] == "gemma3_text"
                              else ("global_rope_theta", "local_rope_theta"))
        config |= {theta: own.pop("rope_theta"), local_theta: local["rope_theta"]}
        config["rope_scaling"] = None if own["rope_type"] == "default" else own
        for key in ("layer_types",):
            config.pop(key)
    elif rope:
        config["rope_theta"] = rope.pop("rope_theta")
        fraction = rope.pop("partial_rotary_factor", None)
        if fraction is not None:
            config |= {"rotary_pct": fraction, "rotary_emb_base": int(config.pop("rope_theta"))}
        kind = rope.pop("rope_type", "default")
        if fraction is None:
            config["rope_scaling"] = None if kind == "default" else {"type" if kind in ("linear", "dynamic") else "rope_type": kind} | rope
    if "dtype" in config:
        config["torch_dtype"] = config.pop("dtype")
    config["transformers_version"] = "4.44.0"
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")


# ---- other forms of the same weights

def vary(base, folder, form):
    shutil.copytree(base, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("golden.json", "tokens.json"))
    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    kept = FORMS[form](weights, folder)
    if kept is not None:
        save_file({name: tensor.contiguous() for name, tensor in kept.items()}, folder / "model.safetensors", metadata={"format": "pt"})


def in_precision(name):
    """The goldens are computed in float32 from the rounded weights."""
    def form(weights, folder):
        config = json.loads((folder / "config.json").read_text())
        config.pop("dtype", None)
        config["torch_dtype"] = name
        (folder / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
        return {key: tensor.to(getattr(torch, name)) for key, tensor in weights.items()}
    return form


def as_pickled(weights):
    """As a state dict is pickled: a tied head shares its storage, one matrix is a transposed view, one a slice."""
    ordered = OrderedDict(weights)
    embedding = next((name for name in weights if name.endswith("word_embeddings.weight")), None)
    if "cls.predictions.bias" in weights:
        ordered["cls.predictions.decoder.weight"] = ordered[embedding]
    matrices = [name for name, tensor in weights.items() if tensor.dim() == 2 and name != embedding]
    ordered[matrices[0]] = ordered[matrices[0]].t().contiguous().t()
    ordered[matrices[1]] = torch.cat([torch.ones_like(ordered[matrices[1]]), ordered[matrices[1]]])[len(ordered[matrices[1]]):]
    return ordered


def pickled(zipped):
    def form(weights, folder):
        torch.save(as_pickled(weights), folder / "pytorch_model.bin", _use_new_zipfile_serialization=zipped)
    return form


def shards(weights, count):
    names = sorted(weights)
    return [{name: weights[name] for name in names[n * len(names) // count:(n + 1) * len(names) // count]} for n in range(count)]


def sharded(stem, ending, write, count=3):
    def form(weights, folder):
        where = {}
        for n, part in enumerate(shards(weights, count), 1):
            file = f"{stem}-{n:05}-of-{count:05}.{ending}"
            write(part, folder / file)
            where |= dict.fromkeys(part, file)
        total = sum(tensor.numel() * tensor.element_size() for tensor in weights.values())
        (folder / f"{stem}.{ending}.index.json").write_text(
            json.dumps({"metadata": {"total_size": total}, "weight_map": where}, indent=2) + "\n")
    return form


def without_prefix(prefix):
    return lambda weights, folder: {name.removeprefix(prefix): tensor for name, tensor in weights.items()}


def bert_first(weights, folder):
    """As first published: gamma and beta, the pooler, the next-sentence head, and the head's matrix twice."""
    words = weights["bert.embeddings.word_embeddings.weight"]
    width = words.shape[1]
    old = {name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): tensor
           for name, tensor in weights.items()}
    return old | {"cls.predictions.decoder.weight": words.clone(), "bert.pooler.dense.weight": torch.ones(width, width),
                  "bert.pooler.dense.bias": torch.ones(width), "cls.seq_relationship.weight": torch.ones(2, width),
                  "cls.seq_relationship.bias": torch.ones(2)}


def deberta_published(weights, folder):
    """With what published files hold beside the model: position rows that are not used, a second head, a classifier."""
    width = weights["deberta.embeddings.word_embeddings.weight"].shape[1]
    return weights | {"deberta.embeddings.position_embeddings.weight": torch.ones(32, width),
                      "mask_predictions.dense.weight": torch.ones(width, width), "mask_predictions.dense.bias": torch.ones(width),
                      "mask_predictions.classifier.weight": torch.ones(1, width), "mask_predictions.classifier.bias": torch.ones(1)}


def rotary_published(weights, folder):
    layers = {name.split(".self_attn.")[0] for name in weights if ".self_attn." in name}
    return weights | {f"{layer}.self_attn.rotary_emb.inv_freq": torch.ones(4) for layer in layers}


def save_safetensors(part, path):
    save_file(part, path, metadata={"format": "pt"})


FORMS = {"float16": in_precision("float16"), "bfloat16": in_precision("bfloat16"),
         "sharded": sharded("model", "safetensors", save_safetensors), "pickle": pickled(True), "pickle-legacy": pickled(False),
         "pickle-sharded": sharded("pytorch_model", "bin", torch.save, 2), "bert-first": bert_first,
         "deberta-published": deberta_published, "rotary-published": rotary_published,
         "no-transformer": without_prefix("transformer."), "no-model": without_prefix("model.")}
ROUNDED = {"float16", "bfloat16"}  # the others must compute what their base computes
