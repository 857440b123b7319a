"""Byte-level BPE: GPT-2, RoBERTa, OPT, GPT-NeoX, ModernBERT, Llama 3, Qwen 2 and 3."""

import json

from tokenizers import Tokenizer, pre_tokenizers, trainers

from vocabularies import Vocabulary, added_token, as_json, extra_tokens, named, template, tokenizer_json

LLAMA3_SPLIT = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|"
                r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
SPLITS = {"llama3": LLAMA3_SPLIT, "qwen2": LLAMA3_SPLIT.replace(r"\p{N}{1,3}", r"\p{N}")}
END = "<|endoftext|>"

# Special tokens before and after the learned pieces.
SPECIAL = {
    "roberta": (["<s>", "<pad>", "</s>", "<unk>"], ["<mask>"]),
    "opt": (["<s>", "<pad>", "</s>", "<unk>"], []),
    "gpt2": ([], [END]),
    "neox": ([END, "<|padding|>"], []),
    "modernbert": (["<|padding|>"], [END, "[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"]),
    "llama3": ([], ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|eot_id|>"]),
    "qwen2": ([], [END, "<|im_start|>", "<|im_end|>"]),
}
NAMES = {
    "roberta": {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "sep_token": "</s>", "pad_token": "<pad>",
                "cls_token": "<s>", "mask_token": named("<mask>", lstrip=True)},
    "opt": {"bos_token": "</s>", "eos_token": "</s>", "unk_token": "</s>", "pad_token": "<pad>"},
    "gpt2": {"bos_token": END, "eos_token": END, "unk_token": END},
    "neox": {"bos_token": END, "eos_token": END, "unk_token": END},
    "modernbert": {"unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "pad_token": "[PAD]",
                   "mask_token": named("[MASK]", lstrip=True)},
    "llama3": {"bos_token": "<|begin_of_text|>", "eos_token": "<|end_of_text|>"},
    "qwen2": {"eos_token": END, "pad_token": END},
}
CLASSES = {"roberta": "RobertaTokenizer", "opt": "GPT2Tokenizer", "gpt2": "GPT2Tokenizer", "neox": "GPTNeoXTokenizer",
           "modernbert": "PreTrainedTokenizerFast", "llama3": "PreTrainedTokenizerFast", "qwen2": "Qwen2Tokenizer"}


def byte_level(**changes):
    return {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True} | changes


def framing(style, ids):
    """The post-processor."""
    if style == "roberta":
        return {"type": "RobertaProcessing", "sep": ["</s>", ids["</s>"]], "cls": ["<s>", ids["<s>"]],
                "trim_offsets": True, "add_prefix_space": False}
    if style == "opt":
        return template("</s> $A", "</s> $A </s> $B", ids)
    if style == "modernbert":
        return template("[CLS] $A [SEP]", "[CLS] $A [SEP] $B [SEP]", ids)
    if style == "llama3":
        begin = template("<|begin_of_text|> $A", "<|begin_of_text|> $A <|begin_of_text|>:1 $B:1", ids)
        return {"type": "Sequence", "processors": [byte_level(trim_offsets=False), begin]}
    return byte_level(trim_offsets=False, use_regex=style != "qwen2")


def byte_bpe(recipe, lines):
    style = recipe["style"]
    pre_tokenizer = byte_level(trim_offsets=style == "roberta", add_prefix_space=recipe.get("prefix_space", False))
    if style in SPLITS:
        split = {"type": "Split", "pattern": {"Regex": SPLITS[style]}, "behavior": "Isolated", "invert": False}
        pre_tokenizer = {"type": "Sequence", "pretokenizers": [split, byte_level(trim_offsets=False, use_regex=False)]}
    normalizer = {"type": "NFC"} if style in ("neox", "modernbert", "qwen2") else None
    first, last = SPECIAL[style]
    trained = Tokenizer.from_str(tokenizer_json({"type": "BPE", "vocab": {}, "merges": []}, [], normalizer, pre_tokenizer))
    trained.train_from_iterator(lines, trainers.BpeTrainer(
        vocab_size=recipe["size"] - len(first) - len(last), initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False))
    model = json.loads(trained.to_str())["model"]
    ordered = first + sorted(model["vocab"], key=model["vocab"].get) + last
    ids = {piece: n for n, piece in enumerate(ordered)}
    outside = style in ("llama3", "qwen2", "modernbert")  # their model's vocabulary lacks the last special tokens
    model["vocab"] = {piece: ids[piece] for piece in (ordered[:len(ordered) - len(last)] if outside else ordered)}
    model["ignore_merges"] = style == "llama3"

    added = [added_token(ids[name], name, normalized=style in ("roberta", "opt") and name != "<mask>",
                         lstrip=name in ("<mask>", "[MASK]"))
             for name in first + last if style != "opt" or name in ("<pad>", "</s>")]
    extra = extra_tokens(recipe, len(ordered))
    if style in ("neox", "modernbert"):  # runs of spaces are added tokens, not special
        extra += [added_token(len(ordered) + len(extra) + n, " " * width, special=False, normalized=True)
                  for n, width in enumerate((9, 5, 3, 2))]
    files = {"tokenizer.json": tokenizer_json(model, added + extra, normalizer, pre_tokenizer, framing(style, ids),
                                              byte_level(add_prefix_space=True))}
    if style not in ("llama3", "modernbert"):
        merges = (merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"])
        files |= {"vocab.json": as_json(model["vocab"]), "merges.txt": "#version: 0.2\n" + "".join(merge + "\n" for merge in merges)}
    settings = {"model_max_length": 512, "tokenizer_class": CLASSES[style]}
    if style == "opt":
        settings |= {"add_bos_token": True, "add_prefix_space": False, "errors": "replace"}
    if outside or style == "neox":
        settings["added_tokens_decoder"] = {
            str(token["id"]): {key: value for key, value in token.items() if key != "id"} for token in added + extra}
    return Vocabulary(files, NAMES[style], len(ordered) + len(extra), settings)
