#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "core/template.h"
#include "scoring/tokenizers/detail/byte_trie.h"

namespace prospect::tokenizers {

/// The tokens of a model's vocabulary, both ways.
class TokenTable {
 public:
  /// Reads `{"token": id, ...}`.
  /// @throws Error (input, model) for an id that is no number, stands twice, or lies so far above
  /// the others that most ids would have no token.
  static TokenTable from_object(const JsonReader& vocabulary);

  /// Reads a list of tokens, the id being the place in it.
  /// @param where  of the list, `path:line` of a token is made from it.
  static TokenTable from_lines(const std::vector<std::string>& lines, const std::string& where);

  /// Takes a list of tokens, the id being the place in it; of equal ones the last is found.
  static TokenTable from_list(std::vector<std::string> tokens);

  /// One above the largest id.
  std::size_t size() const { return tokens_.size(); }
  /// How many tokens there are; less than `size()` where ids have none.
  std::size_t num_tokens() const { return num_tokens_; }

  std::optional<TokenId> id(std::string_view token) const;
  /// Nothing for an id without a token.
  std::optional<std::string_view> token(TokenId id) const;

  const ByteTrie& trie() const { return trie_; }

 private:
  std::vector<std::optional<std::string>> tokens_;
  ByteTrie trie_;
  std::size_t num_tokens_ = 0;
};

}  // namespace prospect::tokenizers
