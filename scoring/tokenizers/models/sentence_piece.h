#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scoring/tokenizers/detail/piece_file.h"
#include "scoring/tokenizers/detail/token_table.h"
#include "scoring/tokenizers/sentencepiece/piece_library.h"
#include "scoring/tokenizers/token_model.h"

namespace prospect::tokenizers {

/// SentencePiece's library at work on one model, unigram or byte-pair encoding (Kudo and Richardson
/// 2018). Safe to use from many threads.
class PieceProcessor {
 public:
  /// @throws Error (model) with the library's reason where it refuses the model.
  explicit PieceProcessor(PieceFile file);
  ~PieceProcessor();

  const PieceFile& file() const { return file_; }
  std::optional<std::size_t> unknown() const;  ///< The place of the piece for unknown characters.

  struct Found {
    std::string piece;      ///< The text itself where it is unknown.
    std::size_t index = 0;  ///< Of the piece.
    Range range;            ///< Of the text.
  };
  /// The pieces of a text. @param blank  whether a blank is put before it, where the model does
  /// that.
  std::vector<Found> encode(std::string_view text, bool blank) const;

  /// The text of pieces, as the library joins them.
  std::string decode(const std::vector<std::string>& pieces) const;

 private:
  struct WithoutBlank;
  const PieceLibrary& processor(bool blank) const;

  PieceFile file_;
  std::unique_ptr<const PieceLibrary> processor_;
  std::unique_ptr<WithoutBlank> without_blank_;
};

/// Where a model puts a blank before a piece of a text; never where the SentencePiece model does
/// not.
enum class PieceBlank { always, first, never };

/// How a family uses a SentencePiece model.
struct PieceOptions {
  PieceBlank blank = PieceBlank::always;
  /// ALBERT: "9,9" is "9", ",", "9" and not "9,", "9".
  bool splits_digit_comma = false;
  /// Marian: pieces are looked up in the table by what they look like, not by their place.
  bool by_text = false;
};

/// @param table    the tokens, pieces and others.
/// @param ids      of the pieces, by their place in the model.
/// @param unknown  the token of what the vocabulary does not cover.
std::unique_ptr<const TokenModel> make_sentence_piece(
    std::shared_ptr<const PieceProcessor> processor, TokenTable table, std::vector<TokenId> ids,
    TokenId unknown, const PieceOptions& options);

}  // namespace prospect::tokenizers
