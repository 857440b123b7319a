#include "core/error.h"
#include "scoring/tokenizers/detail/kinds.h"
#include "scoring/tokenizers/models/kinds.h"

namespace prospect::tokenizers {
namespace {

// A word is a token, or unknown.
class WordLevel final : public TokenModel {
 public:
  WordLevel(TokenTable table, std::string unknown_token, std::string where)
      : table_(std::move(table)),
        unknown_token_(std::move(unknown_token)),
        unknown_(table_.id(unknown_token_)),
        where_(std::move(where)) {}

  void tokenize(std::string_view word, std::vector<FoundToken>& tokens) const override {
    auto id = table_.id(word);
    if (!id) id = unknown_;
    // As in the reference, a vocabulary may do without the unknown token until a word needs it.
    if (!id)
      fail(ErrorKind::model, where_, "expected the unknown token '", unknown_token_,
           "' for a word that is no token, found no such token");
    tokens.push_back({*id, {0, static_cast<std::uint32_t>(word.size())}});
  }

  std::size_t size() const override { return table_.size(); }
  std::size_t num_tokens() const override { return table_.num_tokens(); }
  std::optional<TokenId> id(std::string_view token) const override { return table_.id(token); }
  std::optional<std::string_view> token(TokenId id) const override { return table_.token(id); }
  std::optional<TokenId> unknown() const override { return unknown_; }
  Surface surface(std::string_view token) const override { return {token, true}; }

 private:
  TokenTable table_;
  std::string unknown_token_;
  std::optional<TokenId> unknown_;
  std::string where_;
};

}  // namespace

std::unique_ptr<const TokenModel> make_word_level(const JsonReader& reader) {
  const JsonReader vocabulary = reader.at("vocab");
  return std::make_unique<WordLevel>(TokenTable::from_object(vocabulary),
                                     reader.at("unk_token").string(), vocabulary.where());
}

}  // namespace prospect::tokenizers
