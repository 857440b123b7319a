#include "scoring/tokenizers/detail/token_table.h"

#include <algorithm>
#include <iterator>

#include "core/error.h"

namespace prospect::tokenizers {
namespace {

// A vocabulary may have holes, but a single huge id must not ask for all the memory there is.
constexpr std::size_t kFreeHoles = 1U << 16U;
constexpr std::size_t kMostHolesPerToken = 4;

}  // namespace

TokenTable TokenTable::from_object(const JsonReader& vocabulary) {
  if (!vocabulary.value().is_object()) vocabulary.fail_expected("an object of tokens and ids");
  const auto& object = vocabulary.value();
  if (object.empty()) vocabulary.fail_expected("at least one token");
  const std::size_t most = kFreeHoles + kMostHolesPerToken * object.size();

  TokenTable table;
  table.num_tokens_ = object.size();
  table.tokens_.reserve(object.size());
  for (const auto& [token, value] : object.items()) {
    if (!value.is_number_integer() || value < 0 || value > INT32_MAX)
      vocabulary.at(token).fail_expected("a token's id, an integer of at least 0");
    const auto id = value.get<std::size_t>();
    if (id >= most)
      fail(ErrorKind::model, vocabulary.at(token).where(), "expected ids near 0 to ",
           object.size() - 1, " for ", object.size(), " tokens, found ", id);
    if (id >= table.tokens_.size()) table.tokens_.resize(id + 1);
    if (table.tokens_[id])
      fail(ErrorKind::model, vocabulary.at(token).where(), "expected an id of its own, found ", id,
           ", which is also that of '", *table.tokens_[id], "'");
    table.tokens_[id] = token;
    table.trie_.insert(token, static_cast<std::uint32_t>(id));
  }
  return table;
}

TokenTable TokenTable::from_lines(const std::vector<std::string>& lines, const std::string& where) {
  if (lines.empty()) fail(ErrorKind::model, where, "expected one token a line, found none");
  TokenTable table;
  table.num_tokens_ = lines.size();
  table.tokens_.reserve(lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!table.trie_.insert(lines[i], static_cast<std::uint32_t>(i)))
      fail(ErrorKind::model, where + ":" + std::to_string(i + 1),
           "expected each token once, found '", lines[i], "', which is also on line ",
           *table.trie_.find(lines[i]) + 1);
    table.tokens_.emplace_back(lines[i]);
  }
  return table;
}

TokenTable TokenTable::from_list(std::vector<std::string> tokens) {
  TokenTable table;
  table.num_tokens_ = tokens.size();
  for (std::size_t i = tokens.size(); i-- > 0;)
    table.trie_.insert(tokens[i], static_cast<std::uint32_t>(i));
  table.tokens_.assign(std::make_move_iterator(tokens.begin()),
                       std::make_move_iterator(tokens.end()));
  return table;
}

std::optional<TokenId> TokenTable::id(std::string_view token) const {
  const auto id = trie_.find(token);
  if (!id) return std::nullopt;
  return static_cast<TokenId>(*id);
}

std::optional<std::string_view> TokenTable::token(TokenId id) const {
  if (id < 0 || static_cast<std::size_t>(id) >= tokens_.size()) return std::nullopt;
  const auto& token = tokens_[static_cast<std::size_t>(id)];
  if (!token) return std::nullopt;
  return std::string_view(*token);
}

}  // namespace prospect::tokenizers
