"""SentencePiece: T5, XLM-RoBERTa, ALBERT, DeBERTa (unigram); Llama 2, Mistral, Gemma (BPE); Marian (two models)."""

import base64
import io

import sentencepiece
from sentencepiece import sentencepiece_model_pb2

from vocabularies import Vocabulary, added_token, as_json, extra_tokens, named, template, tokenizer_json


def train(lines, size, **settings):
    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=written, vocab_size=size, num_threads=1, minloglevel=2,
        hard_vocab_limit=False, **settings)
    proto = sentencepiece_model_pb2.ModelProto()
    proto.ParseFromString(written.getvalue())
    return written.getvalue(), proto


def metaspace(scheme="always", split=True):
    return {"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": split}


def old_metaspace():
    """As before there was a `prepend_scheme`: a reader takes it for "always", split."""
    return {"type": "Metaspace", "replacement": "▁", "str_rep": "▁", "add_prefix_space": True}


def replace(pattern, content, kind="String"):
    return {"type": "Replace", "pattern": {kind: pattern}, "content": content}


def unigram(recipe, lines):
    style = recipe["style"]
    numbering = {
        "t5": dict(pad_id=0, eos_id=1, unk_id=2, bos_id=-1),
        "albert": dict(pad_id=0, unk_id=1, bos_id=-1, eos_id=-1, control_symbols=["[CLS]", "[SEP]"], user_defined_symbols=["[MASK]"]),
        "deberta": dict(pad_id=0, bos_id=1, eos_id=2, unk_id=3, pad_piece="[PAD]", bos_piece="[CLS]", eos_piece="[SEP]", unk_piece="[UNK]"),
    }.get(style, dict(unk_id=0, bos_id=1, eos_id=2))
    raw, proto = train(lines, recipe["size"], model_type="unigram", character_coverage=recipe.get("coverage", 0.995),
                       normalization_rule_name=recipe.get("rule", "nmt_nfkc"), **numbering)
    vocab = [[piece.piece, piece.score] for piece in proto.pieces]
    charsmap = base64.b64encode(proto.normalizer_spec.precompiled_charsmap).decode()
    normalizer = {"type": "Precompiled", "precompiled_charsmap": charsmap} if charsmap else None
    split = {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, old_metaspace()]}
    decoder, file, more = old_metaspace(), "spiece.model", {}

    if style == "t5":
        sentinels = [f"<extra_id_{n}>" for n in reversed(range(recipe.get("sentinels", 20)))]
        vocab += [[name, 0.0] for name in sentinels]
        names = {"eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>", "additional_special_tokens": sentinels[::-1]}
        special, frame, unk = ["<pad>", "</s>", "<unk>"] + sentinels, ("$A </s>", "$A </s> $B </s>"), 2
        more = {"tokenizer_class": "T5Tokenizer", "extra_ids": len(sentinels)}
    elif style == "xlm-r":
        vocab = [[name, 0.0] for name in ("<s>", "<pad>", "</s>", "<unk>")] + vocab[3:] + [["<mask>", 0.0]]
        names = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "sep_token": "</s>", "pad_token": "<pad>",
                 "cls_token": "<s>", "mask_token": named("<mask>", lstrip=True)}
        special, frame, unk = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"], ("<s> $A </s>", "<s> $A </s> </s> $B </s>"), 3
        file, more = "sentencepiece.bpe.model", {"tokenizer_class": "XLMRobertaTokenizer"}
    elif style == "albert":
        names = {"bos_token": "[CLS]", "eos_token": "[SEP]", "unk_token": "<unk>", "sep_token": "[SEP]", "pad_token": "<pad>",
                 "cls_token": "[CLS]", "mask_token": named("[MASK]", lstrip=True)}
        special, frame, unk = ["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"], ("[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1"), 1
        normalizer = {"type": "Sequence", "normalizers": [
            replace("``", '"'), replace("''", '"'), {"type": "NFKD"}, {"type": "StripAccents"}, {"type": "Lowercase"}, normalizer]}
        more = {"tokenizer_class": "AlbertTokenizer", "do_lower_case": True, "keep_accents": False}
    elif style == "deberta":
        vocab += [["[MASK]", 0.0]]
        names = {"bos_token": "[CLS]", "eos_token": "[SEP]", "unk_token": "[UNK]", "sep_token": "[SEP]", "pad_token": "[PAD]",
                 "cls_token": "[CLS]", "mask_token": "[MASK]"}
        special, frame, unk = ["[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]"], ("[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1"), 3
        normalizer = {"type": "Sequence", "normalizers": [part for part in (
            {"type": "Strip", "strip_left": True, "strip_right": True}, normalizer, replace(" {2,}", " ", "Regex")) if part]}
        split = {"type": "Sequence", "pretokenizers": [metaspace()]}
        decoder, file = metaspace(), "spm.model"
        more = {"tokenizer_class": "DebertaV2Tokenizer", "do_lower_case": False, "split_by_punct": False, "vocab_type": "spm"}
    else:  # "metaspace": a bare tokenizer.json
        names, special, unk, file = {"unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>"}, ["<unk>", "<s>", "</s>"], 0, None
        frame, more = (recipe.get("single", "$A"), recipe.get("pair", "$A $B:1")), {"tokenizer_class": "PreTrainedTokenizerFast"}
        normalizer = {"type": "Sequence", "normalizers": [{"type": "NFKC"}, {"type": "Strip", "strip_left": False, "strip_right": True}]}
        split = decoder = metaspace(recipe["prepend_scheme"], recipe.get("split", True))

    where = {piece: n for n, (piece, _) in enumerate(vocab)}
    extra = extra_tokens(recipe, len(vocab))
    left = [token["content"] for token in names.values() if isinstance(token, dict) and token["lstrip"]]
    added = [added_token(where[name], name, lstrip=name in left) for name in special] + extra
    model = {"type": "Unigram", "unk_id": unk, "vocab": vocab, "byte_fallback": False}
    files = {"tokenizer.json": tokenizer_json(model, added, normalizer, split, template(*frame, where), decoder)}
    if file and not recipe.get("json_alone"):
        files[file] = raw
    return Vocabulary(files, names, len(vocab) + len(extra), {"model_max_length": 512} | more)


def merges_of(proto):
    """A SentencePiece model keeps scores: each way to split a piece into two pieces is a merge, best score first."""
    ordinary = {piece.piece: (n, piece.score) for n, piece in enumerate(proto.pieces) if piece.type == piece.NORMAL}
    found = [(-score, n, ordinary[piece[:cut]][0], [piece[:cut], piece[cut:]])
             for piece, (n, score) in ordinary.items() for cut in range(1, len(piece))
             if piece[:cut] in ordinary and piece[cut:] in ordinary]
    return [pair for *_, pair in sorted(found)]


def spm_bpe(recipe, lines):
    """Llama 2 ("llama2": "▁" before the text; "mistral": by a pre-tokenizer), and Gemma (none before)."""
    style, fallback = recipe["style"], recipe.get("byte_fallback", True)
    gemma = style == "gemma"
    numbering = dict(pad_id=0, eos_id=1, bos_id=2, unk_id=3, eos_piece="<eos>", bos_piece="<bos>") if gemma else dict(unk_id=0, bos_id=1, eos_id=2)
    raw, proto = train(lines, recipe["size"], model_type="bpe", byte_fallback=fallback, split_digits=True,
                       normalization_rule_name="identity", remove_extra_whitespaces=False, add_dummy_prefix=not gemma,
                       allow_whitespace_only_pieces=True, character_coverage=recipe.get("coverage", 0.99), **numbering)
    ids = {piece.piece: n for n, piece in enumerate(proto.pieces)}
    model = {"type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None, "end_of_word_suffix": None,
             "fuse_unk": True, "byte_fallback": fallback, "ignore_merges": False, "vocab": ids, "merges": merges_of(proto)}
    extra = extra_tokens(recipe, len(ids))
    begin, end = ("<bos>", "<eos>") if gemma else ("<s>", "</s>")
    special = [name for name in ("<pad>", "<unk>", begin, end) if name in ids]
    added = sorted((added_token(ids[name], name) for name in special), key=lambda token: token["id"]) + extra
    spaces = replace(" ", "▁")
    normalizer, pre_tokenizer = {
        "llama2": ({"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"}, spaces]}, None),
        "mistral": (None, metaspace("first", split=False)),
        "gemma": (spaces, {"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": False})}[style]
    strip = [] if gemma else [{"type": "Strip", "content": " ", "start": 1, "stop": 0}]
    decoder = {"type": "Sequence", "decoders": [replace("▁", " "), {"type": "ByteFallback"}, {"type": "Fuse"}] + strip}
    files = {"tokenizer.json": tokenizer_json(model, added, normalizer, pre_tokenizer,
                                              template(f"{begin} $A", f"{begin} $A {begin}:1 $B:1", ids), decoder)}
    if not recipe.get("json_alone"):
        files["tokenizer.model"] = raw
    names = {"bos_token": begin, "eos_token": end, "unk_token": "<unk>"} | ({"pad_token": "<pad>"} if gemma else {})
    settings = {"tokenizer_class": "GemmaTokenizer" if gemma else "LlamaTokenizer", "add_bos_token": True, "add_eos_token": False,
                "model_max_length": 512} | ({} if gemma else {"legacy": style == "llama2"})
    return Vocabulary(files, names, len(ids) + len(extra), settings)


def marian(recipe, lines):
    """Two SentencePiece models, over one vocab.json or one each; no tokenizer.json."""
    half, separate = len(lines) // 2, recipe.get("separate", False)
    settings = dict(model_type="unigram", character_coverage=0.99, normalization_rule_name=recipe.get("rule", "nmt_nfkc"))
    trained = [train(part, recipe["size"], **settings) for part in (lines[:half], lines[half:])]

    def numbered(protos, last):
        pieces = dict.fromkeys(["</s>", "<unk>"])
        for proto in protos:
            pieces |= dict.fromkeys(piece.piece for piece in proto.pieces if piece.type == piece.NORMAL)
        return {piece: n for n, piece in enumerate(pieces | dict.fromkeys(last))}

    (source, source_proto), (target, target_proto) = trained
    files = {"source.spm": source, "target.spm": target}
    own = {}
    if separate:  # the padding's id must be the same in both
        words = numbered([source_proto], [">>nor<<"]), numbered([target_proto], [])
        width = max(len(vocab) for vocab in words)
        source_vocab, own = (vocab | {f"<unused{n}>": n for n in range(len(vocab), width)} | {"<pad>": width} for vocab in words)
        files |= {"vocab.json": as_json(source_vocab), "target_vocab.json": as_json(own)}
    else:
        source_vocab = numbered([source_proto, target_proto], [">>nor<<", "<pad>"])
        files["vocab.json"] = as_json(source_vocab)
    return Vocabulary(files, {"eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}, len(source_vocab),
                      {"tokenizer_class": "MarianTokenizer", "source_lang": "eng", "target_lang": "nor",
                       "separate_vocabs": separate, "model_max_length": 512}, target_size=len(own))
