#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/json.h"
#include "core/template.h"
#include "scoring/tokenizers/detail/byte_trie.h"
#include "scoring/tokenizers/detail/utf8.h"
#include "scoring/tokenizers/normalizer.h"
#include "scoring/tokenizers/token_model.h"

namespace prospect::tokenizers {

/// A token that is looked for in the text itself, before anything else happens to it.
struct AddedToken {
  std::string content;
  std::string shown;  ///< What it is decoded to: the content, normalised where `normalized`.
  TokenId id = 0;
  bool single_word = false;  ///< Only where no word character stands beside it.
  bool lstrip = false;       ///< Takes the white space before it along.
  bool rstrip = false;       ///< Takes the white space after it along.
  bool normalized = false;   ///< Looked for in the normalised text.
  bool special = false;      ///< No text.
  bool skipped = false;      ///< Left out when decoding without special tokens.
};

/// A piece of a text: an added token, or what lies between them.
struct AddedPiece {
  Range range;
  std::optional<TokenId> id;
};

/// The added tokens of a tokenizer.
class AddedTokens {
 public:
  AddedTokens() = default;
  /// @param tokens      in the order of the file.
  /// @param normalizer  what is done to the text; may be null.
  AddedTokens(std::vector<AddedToken> tokens, const Normalizer* normalizer);

  /// The tokens that are not normalised, found in the text as it is.
  std::vector<AddedPiece> split(std::string_view text) const { return raw_.split(text, tokens_); }
  /// The normalised tokens, found in normalised text.
  std::vector<AddedPiece> split_normalized(std::string_view text) const {
    return normalized_.split(text, tokens_);
  }

  std::optional<TokenId> id(std::string_view content) const;
  /// The token with this id, or null.
  const AddedToken* find(TokenId id) const;
  const std::vector<AddedToken>& tokens() const { return tokens_; }

 private:
  // Finds the leftmost token, and the longest of those that start there.
  class Finder {
   public:
    void add(std::string_view content, std::uint32_t index);
    std::vector<AddedPiece> split(std::string_view text,
                                  const std::vector<AddedToken>& tokens) const;

   private:
    ByteTrie trie_;
    std::array<bool, 256> starts_{};  // whether a token starts with the byte
    bool empty_ = true;
  };

  std::vector<AddedToken> tokens_;
  std::unordered_map<TokenId, std::size_t> by_id_;
  Finder raw_, normalized_;
};

/// Reads one added token but for its id.
AddedToken read_added_token(const JsonReader& reader);

/// Reads the member "added_tokens" of tokenizer.json. The reference numbers them itself: a token of
/// the model's vocabulary keeps its id, another gets the next free one.
/// @throws Error (model) where a token's id in the file is another.
std::vector<AddedToken> read_added_tokens(const JsonReader& reader, const TokenModel& model);

}  // namespace prospect::tokenizers
