"""Small tokenizers in the shapes that published checkpoints have: the common parts, and WordPiece.

`make(recipe, lines)` trains on lines of text. tokenizer.json is written field by field, as published files have
it; the libraries only find the pieces and merges.
"""

import json
from collections import Counter
from dataclasses import dataclass, field

from tokenizers import normalizers, pre_tokenizers


@dataclass
class Vocabulary:
    files: dict      # name -> str or bytes
    special: dict    # "mask_token" -> "[MASK]", or a description of an added token
    size: int        # ids are below it
    settings: dict = field(default_factory=dict)  # further keys of tokenizer_config.json
    target_size: int = 0                          # where the target has a vocabulary of its own


def make(recipe, lines):
    from vocabularies_bytes import byte_bpe
    from vocabularies_pieces import marian, spm_bpe, unigram

    kinds = {"wordpiece": wordpiece, "byte_bpe": byte_bpe, "unigram": unigram, "spm_bpe": spm_bpe, "marian": marian}
    made = kinds[recipe["kind"]](recipe, lines)
    names = {role: token["content"] if isinstance(token, dict) else token for role, token in made.special.items()}
    made.files["special_tokens_map.json"] = as_json(made.special)
    made.files["tokenizer_config.json"] = as_json({**names, **made.settings, "clean_up_tokenization_spaces": False})
    return made


def as_json(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def added_token(token_id, content, special=True, normalized=False, lstrip=False, rstrip=False, single_word=False):
    return {"id": token_id, "content": content, "single_word": single_word, "lstrip": lstrip, "rstrip": rstrip,
            "normalized": normalized, "special": special}


def named(content, **flags):
    """A special token as special_tokens_map.json describes it where its flags matter."""
    return {"content": content, "lstrip": False, "rstrip": False, "single_word": False, "normalized": False} | flags


def extra_tokens(recipe, first_id):
    return [added_token(first_id + n, **({"special": False} | token)) for n, token in enumerate(recipe.get("added", []))]


def tokenizer_json(model, added, normalizer=None, pre_tokenizer=None, post_processor=None, decoder=None):
    return as_json({"version": "1.0", "truncation": None, "padding": None, "added_tokens": added, "normalizer": normalizer,
                    "pre_tokenizer": pre_tokenizer, "post_processor": post_processor, "decoder": decoder, "model": model})


def template(single, pair, ids):
    """TemplateProcessing from "<s> $A </s>"; ":1" behind a piece is its type id."""
    def pieces(text):
        for word in text.split():
            name, _, type_id = word.partition(":")
            kind = "Sequence" if name[0] == "$" else "SpecialToken"
            yield {kind: {"id": name.removeprefix("$"), "type_id": int(type_id or 0)}}

    single, pair = list(pieces(single)), list(pieces(pair))
    used = sorted({piece["SpecialToken"]["id"] for piece in single + pair if "SpecialToken" in piece})
    return {"type": "TemplateProcessing", "single": single, "pair": pair,
            "special_tokens": {name: {"id": name, "ids": [ids[name]], "tokens": [name]} for name in used}}


def word_pieces(lines, normalizer, size, alphabet):
    """The commonest letters, and the beginnings and continuations that save the most of them. The trainer of
    `tokenizers` would number them differently in each run."""
    words, letters, saved = Counter(), Counter(), Counter()
    for line in lines:
        words.update(word for word, _ in pre_tokenizers.BertPreTokenizer().pre_tokenize_str(normalizer.normalize_str(line)))
    for word, count in words.items():
        for start, letter in enumerate(word):
            letters["##" * (start > 0) + letter] += count
            for end in range(start + 2, len(word) + 1):
                saved["##" * (start > 0) + word[start:end]] += count * (end - start - 1)

    def first(counts, number):
        return sorted(sorted(counts, key=lambda piece: (-counts[piece], piece))[:number])

    chosen = first(letters, 2 * alphabet)
    return chosen + first(saved, size - len(chosen))


def wordpiece(recipe, lines):
    """BERT, DistilBERT, ELECTRA."""
    settings = {"clean_text": True, "handle_chinese_chars": recipe.get("handle_chinese_chars", True),
                "strip_accents": recipe.get("strip_accents"), "lowercase": recipe["lowercase"]}
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    pieces = special + word_pieces(lines, normalizers.BertNormalizer(**settings), recipe["size"] - len(special), recipe.get("alphabet", 70))
    ids = {piece: n for n, piece in enumerate(pieces)}
    extra = extra_tokens(recipe, len(pieces))
    model = {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
             "vocab": ids}
    text = tokenizer_json(model, [added_token(ids[name], name) for name in special] + extra, {"type": "BertNormalizer", **settings},
                          {"type": "BertPreTokenizer"}, template("[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1", ids),
                          {"type": "WordPiece", "prefix": "##", "cleanup": True})
    names = {"unk_token": "[UNK]", "sep_token": "[SEP]", "pad_token": "[PAD]", "cls_token": "[CLS]", "mask_token": "[MASK]"}
    return Vocabulary({"vocab.txt": "".join(piece + "\n" for piece in pieces), "tokenizer.json": text}, names,
                      len(pieces) + len(extra),
                      {"tokenizer_class": "BertTokenizer", "model_max_length": 512, "do_lower_case": recipe["lowercase"],
                       "strip_accents": settings["strip_accents"], "tokenize_chinese_chars": settings["handle_chinese_chars"]})
