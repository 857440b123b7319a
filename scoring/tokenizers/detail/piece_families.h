#pragma once

#include <span>
#include <string_view>

#include "scoring/tokenizers/models/sentence_piece.h"
#include "scoring/tokenizers/post_processor.h"

namespace prospect::tokenizers {

/// The usual token of a role.
struct UsualToken {
  std::string_view role, content;
  bool lstrip = false;
};

/// How the tokens of a family are numbered.
enum class PieceIds {
  as_pieces,  ///< As in the SentencePiece model.
  sentinels,  ///< So, and <extra_id_0> to <extra_id_99> behind them, the first last (T5).
  fairseq,    ///< <s> <pad> </s> <unk>, the pieces from the fourth on, <mask> (XLM-R).
  camembert,  ///< Five tokens, the pieces from the second on, <mask> (CamemBERT).
};

/// What stands around texts.
enum class PieceFrame {
  bos_eos,  ///< `<s> A`, each text with what add_bos_token and add_eos_token say.
  eos,      ///< `A </s>`, `A </s> B </s>`
  roberta,  ///< `<s> A </s>`, `<s> A </s> </s> B </s>`
  bert,     ///< `[CLS] A [SEP]`, `[CLS] A [SEP] B [SEP]`, with types
};

/// A tokenizer class whose vocabulary is a SentencePiece model.
struct PieceFamily {
  std::string_view name, file;
  PieceIds ids = PieceIds::as_pieces;
  PieceFrame frame = PieceFrame::bos_eos;
  std::span<const UsualToken> usual;
  bool strips_accents = false;  ///< ALBERT: case, accents and quotes are changed first.
};

/// The classes that are known.
std::span<const PieceFamily> piece_families();

}  // namespace prospect::tokenizers
