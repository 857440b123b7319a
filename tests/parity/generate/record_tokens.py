"""tokens.json: what the reference tokenizer makes of strings and pairs.

A tokenizer.json speaks for itself, as written. Without one, the SentencePiece library reads the one model that there
is, and else the class decides that transformers picks.
"""

import json
from pathlib import Path

import sentencepiece
from tokenizers import Tokenizer

TRUNCATED_TO = 16


class JsonReader:
    """tokenizer.json, through the `tokenizers` library."""

    source = "tokenizer.json"

    def __init__(self, folder):
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()

    def size(self):
        return self.tokenizer.get_vocab_size(with_added_tokens=True)

    def id_of(self, token):
        return self.tokenizer.token_to_id(token)

    def encode(self, text, pair=None, special=True):
        found = self.tokenizer.encode(text, pair, add_special_tokens=special)
        return {"ids": found.ids, "type_ids": found.type_ids, "offsets": [list(span) for span in found.offsets]}

    def encode_target(self, text):
        return self.encode(text)["ids"]

    def truncate(self, text, pair, side):
        """None where `side` has too little to cut: a reader must refuse then."""
        self.tokenizer.enable_truncation(TRUNCATED_TO, strategy=side)
        try:
            found = self.tokenizer.encode(text, pair)
            return {"ids": found.ids, "type_ids": found.type_ids}
        except Exception:
            return None
        finally:
            self.tokenizer.no_truncation()

    def decode(self, ids, skip_special):
        return self.tokenizer.decode(ids, skip_special_tokens=skip_special)


class ClassReader:
    """Vocabulary files, through the tokenizer class of transformers (Marian)."""

    def __init__(self, folder):
        from transformers import AutoTokenizer

        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.source = type(self.tokenizer).__name__

    def size(self):
        return len(self.tokenizer)

    def id_of(self, token):
        return self.tokenizer.convert_tokens_to_ids(token)

    def encode(self, text, pair=None, special=True):
        return {"ids": self.tokenizer(text, pair, add_special_tokens=special, verbose=False)["input_ids"]}

    def encode_target(self, text):
        return self.tokenizer(text_target=text, verbose=False)["input_ids"]

    def truncate(self, text, pair, side):
        ids = self.tokenizer(text, pair, truncation=side, max_length=TRUNCATED_TO, verbose=False)["input_ids"]
        return {"ids": ids} if len(ids) <= TRUNCATED_TO else None

    def decode(self, ids, skip_special):
        return self.tokenizer.decode(ids, skip_special_tokens=skip_special, clean_up_tokenization_spaces=False)


class PieceReader:
    """A SentencePiece model alone; its ids are moved and framed as the family does.

    A text that holds a special token literally is not recorded (None): the library knows no such tokens.
    """

    FAMILIES = {  # tokenizer_class: (file, how far its ids move up, frame of one text, of two)
        "T5Tokenizer": ("spiece.model", 0, "A </s>", "A </s> B </s>"),
        "XLMRobertaTokenizer": ("sentencepiece.bpe.model", 1, "<s> A </s>", "<s> A </s> </s> B </s>"),
        "LlamaTokenizer": ("tokenizer.model", 0, "<s> A", "<s> A <s> B"),
        "GemmaTokenizer": ("tokenizer.model", 0, "<bos> A", "<bos> A <bos> B"),
        "DebertaV2Tokenizer": ("spm.model", 0, "[CLS] A [SEP]", "[CLS] A [SEP] B [SEP]"),
    }

    def __init__(self, folder):
        config = json.loads((folder / "tokenizer_config.json").read_text())
        self.source, self.moved, *self.frames = self.FAMILIES[config["tokenizer_class"]]
        self.pieces = sentencepiece.SentencePieceProcessor(model_file=str(folder / self.source))
        count = len(self.pieces)
        self.fixed = {"[MASK]": count} if self.source == "spm.model" else {}
        if self.moved:  # XLM-R numbers its special tokens itself
            self.fixed = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "<mask>": count + 1}
        self.literal = [token for role, token in config.items() if role.endswith("_token") and isinstance(token, str)]
        self.literal += config.get("additional_special_tokens", [])

    def size(self):
        return max([len(self.pieces) - 1, *self.fixed.values()]) + 1

    def id_of(self, token):
        return self.fixed.get(token, self.pieces.piece_to_id(token) + self.moved)

    def plain(self, text):
        if any(token in text for token in self.literal):
            return None
        ids = self.pieces.encode(text)
        return [n + 1 if n else 3 for n in ids] if self.moved else ids

    def encode(self, text, pair=None, special=True):
        parts = {"A": self.plain(text), "B": [] if pair is None else self.plain(pair)}
        if None in parts.values():
            return {"ids": None}
        frame = self.frames[pair is not None].split() if special else ["A", "B"]
        return {"ids": [n for word in frame for n in parts.get(word) or ([] if word in parts else [self.id_of(word)])]}

    def truncate(self, text, pair, side):
        return None  # cutting is the same for every tokenizer, and tested with the others

    def decode(self, ids, skip_special):
        return None


def open_reader(folder):
    folder = Path(folder)
    if (folder / "tokenizer.json").exists():
        return JsonReader(folder)
    alone = any((folder / file).exists() for file, *_ in PieceReader.FAMILIES.values())
    return PieceReader(folder) if alone else ClassReader(folder)


def special_ids(folder, reader):
    """{"mask_token": id, ...}, by what the folder's files call special."""
    ids = {}
    for name in ("tokenizer_config.json", "special_tokens_map.json"):
        path = Path(folder) / name
        for role, token in (json.loads(path.read_text()) if path.exists() else {}).items():
            content = token.get("content") if isinstance(token, dict) else token
            if role.endswith("_token") and isinstance(content, str) and reader.id_of(content) is not None:
                ids[role] = reader.id_of(content)
    return ids


def string_row(reader, text):
    whole = reader.encode(text)
    if whole["ids"] is None:
        return None
    row = {"ids": whole["ids"], "plain": reader.encode(text, special=False)["ids"]}
    if "offsets" in whole:
        row["offsets"] = whole["offsets"]
    row["decoded"] = reader.decode(whole["ids"], True)
    row["decoded_all"] = reader.decode(whole["ids"], False)
    if len(whole["ids"]) > TRUNCATED_TO:
        cut = reader.truncate(text, None, "only_first")
        if cut:
            row["truncated"] = cut["ids"]
    return {key: value for key, value in row.items() if value is not None}


def pair_row(reader, first, second):
    whole = reader.encode(first, second)
    whole.pop("offsets", None)
    return whole | {side: reader.truncate(first, second, side) for side in ("only_first", "only_second")}


def record_tokens(folder, strings, pairs):
    """Row n speaks of string n, pair row n of pair n."""
    reader = open_reader(folder)
    return {"format": 1, "source": reader.source, "size": reader.size(), "special": special_ids(folder, reader),
            "truncated_to": TRUNCATED_TO, "strings": [string_row(reader, text) for text in strings],
            "pairs": [pair_row(reader, *pair) for pair in pairs]}
