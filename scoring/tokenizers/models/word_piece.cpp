#include <algorithm>

#include "core/error.h"
#include "core/text.h"
#include "scoring/tokenizers/detail/kinds.h"
#include "scoring/tokenizers/models/kinds.h"

namespace prospect::tokenizers {
namespace {

constexpr std::int64_t kMostCharacters = 1'000'000;

// The longest token that the word starts with, then the longest continuing one that the rest starts
// with, and so on; a word that cannot be covered so is unknown as a whole.
class WordPiece final : public TokenModel {
 public:
  WordPiece(TokenTable table, const WordPieceOptions& options, TokenId unknown)
      : table_(std::move(table)),
        prefix_(options.continuing_prefix),
        max_characters_(options.max_characters),
        unknown_(unknown) {
    for (std::size_t i = 0; i < table_.size(); ++i) {
      const auto token = table_.token(static_cast<TokenId>(i));
      if (token && token->starts_with(prefix_))
        continuing_.insert(token->substr(prefix_.size()), static_cast<std::uint32_t>(i));
    }
  }

  void tokenize(std::string_view word, std::vector<FoundToken>& tokens) const override {
    const std::size_t before = tokens.size();
    bool known = word.size() <= max_characters_ || code_points(word) <= max_characters_;
    for (std::size_t at = 0; known && at < word.size();) {
      const ByteTrie::Match match = (at == 0 ? table_.trie() : continuing_).longest(word, at);
      known = match.value != ByteTrie::kNone;
      tokens.push_back(
          {static_cast<TokenId>(match.value),
           {static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(at + match.length)}});
      at += match.length;
    }
    if (known) return;
    tokens.resize(before);
    tokens.push_back({unknown_, {0, static_cast<std::uint32_t>(word.size())}});
  }

  std::size_t size() const override { return table_.size(); }
  std::size_t num_tokens() const override { return table_.num_tokens(); }
  std::optional<TokenId> id(std::string_view token) const override { return table_.id(token); }
  std::optional<std::string_view> token(TokenId id) const override { return table_.token(id); }
  std::optional<TokenId> unknown() const override { return unknown_; }

  Surface surface(std::string_view token) const override {
    // The prefix alone is no continuing token: nothing would be left of it.
    const bool continuing =
        !prefix_.empty() && token.size() > prefix_.size() && token.starts_with(prefix_);
    return {continuing ? token.substr(prefix_.size()) : token, !continuing};
  }

 private:
  TokenTable table_;
  ByteTrie continuing_;
  std::string prefix_;
  std::size_t max_characters_;
  TokenId unknown_;
};

}  // namespace

std::unique_ptr<const TokenModel> make_word_piece(TokenTable table, const WordPieceOptions& options,
                                                  const std::string& where) {
  const auto unknown = table.id(options.unknown_token);
  if (!unknown)
    fail(ErrorKind::model, where, "expected the unknown token '", options.unknown_token,
         "' in the vocabulary, found no such token");
  return std::make_unique<WordPiece>(std::move(table), options, *unknown);
}

std::unique_ptr<const TokenModel> make_word_piece(const JsonReader& reader) {
  WordPieceOptions options;
  if (const auto member = optional_member(reader, "unk_token"))
    options.unknown_token = member->string();
  if (const auto member = optional_member(reader, "continuing_subword_prefix"))
    options.continuing_prefix = member->string();
  if (const auto member = optional_member(reader, "max_input_chars_per_word"))
    options.max_characters = static_cast<std::size_t>(member->integer(0, kMostCharacters));
  const JsonReader vocabulary = reader.at("vocab");
  return make_word_piece(TokenTable::from_object(vocabulary), options, vocabulary.where());
}

}  // namespace prospect::tokenizers
