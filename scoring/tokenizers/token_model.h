#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "core/template.h"
#include "scoring/tokenizers/detail/aligned_text.h"
#include "scoring/tokenizers/detail/utf8.h"

namespace prospect::tokenizers {

/// A token found in a word, and its bytes in it.
struct FoundToken {
  TokenId id = 0;
  Range range;
};

/// What a token looks like in a text.
struct Surface {
  std::string_view text;    ///< Without the marks that the vocabulary puts on it.
  bool word_start = false;  ///< Begins a word.
};

/// The third step of a tokenizer: a word -> tokens of the vocabulary. Safe to call from many
/// threads.
class TokenModel {
 public:
  virtual ~TokenModel() = default;

  /// Appends the tokens of a word, which is not empty.
  virtual void tokenize(std::string_view word, std::vector<FoundToken>& tokens) const = 0;
  /// The same for a model that puts a blank before a text itself. @param start  what stands before.
  virtual void tokenize_at(std::string_view word, [[maybe_unused]] Start start,
                           std::vector<FoundToken>& tokens) const {
    tokenize(word, tokens);
  }

  /// One above the largest id.
  virtual std::size_t size() const = 0;
  /// How many tokens there are; less than `size()` where ids have none.
  virtual std::size_t num_tokens() const = 0;
  virtual std::optional<TokenId> id(std::string_view token) const = 0;
  /// Nothing for an id without a token.
  virtual std::optional<std::string_view> token(TokenId id) const = 0;
  virtual Surface surface(std::string_view token) const = 0;
  /// The token for what the vocabulary does not cover, where there is one.
  virtual std::optional<TokenId> unknown() const = 0;
};

/// Makes the model that the member "model" of tokenizer.json describes.
/// @throws Error (unsupported) for an unknown type, (input, model) for wrong members, with the
/// place.
std::unique_ptr<const TokenModel> make_token_model(const JsonReader& reader);

}  // namespace prospect::tokenizers
