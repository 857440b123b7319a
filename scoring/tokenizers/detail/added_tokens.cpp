#include "scoring/tokenizers/detail/added_tokens.h"

#include <algorithm>
#include <set>

#include "core/error.h"
#include "scoring/tokenizers/detail/kinds.h"
#include "scoring/tokenizers/detail/unicode.h"

namespace prospect::tokenizers {
namespace {

bool ends_with_word(std::string_view text) {
  return !text.empty() && is_word_character(last_code_point(text));
}

bool starts_with_word(std::string_view text) {
  std::size_t offset = 0;
  return !text.empty() && is_word_character(next_code_point(text, offset));
}

// Where the white space at the end of a text starts.
std::size_t space_at_end(std::string_view text) {
  std::size_t end = text.size();
  while (end > 0) {
    const char32_t c = last_code_point(text.substr(0, end));
    if (!is_white_space(c)) break;
    end -= utf8_length(c);
  }
  return end;
}

// Where the white space at the start of a text ends.
std::size_t space_at_start(std::string_view text) {
  std::size_t offset = 0;
  while (offset < text.size()) {
    std::size_t next = offset;
    if (!is_white_space(next_code_point(text, next))) break;
    offset = next;
  }
  return offset;
}

Range range_of(std::size_t begin, std::size_t end) {
  return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
}

}  // namespace

AddedTokens::AddedTokens(std::vector<AddedToken> tokens, const Normalizer* normalizer)
    : tokens_(std::move(tokens)) {
  std::set<std::string, std::less<>> special;
  for (const AddedToken& token : tokens_)
    if (token.special) special.insert(token.content);
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    AddedToken& token = tokens_[i];
    by_id_.try_emplace(token.id, i);
    AlignedText content(token.content, 0, false);
    if (token.normalized && normalizer != nullptr) normalizer->apply(content);
    token.shown = content.text();
    // The reference looks at what is shown: a special token that the normalizer changes stays.
    token.skipped = special.contains(token.shown);
  }
  // Of two that look the same, the special one is found, then the first.
  for (const bool is_special : {true, false})
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      const AddedToken& token = tokens_[i];
      if (token.special == is_special)
        (token.normalized ? normalized_ : raw_).add(token.shown, static_cast<std::uint32_t>(i));
    }
}

std::optional<TokenId> AddedTokens::id(std::string_view content) const {
  const auto token = std::find_if(tokens_.begin(), tokens_.end(),
                                  [&](const AddedToken& t) { return t.content == content; });
  if (token == tokens_.end()) return std::nullopt;
  return token->id;
}

const AddedToken* AddedTokens::find(TokenId id) const {
  const auto entry = by_id_.find(id);
  return entry == by_id_.end() ? nullptr : &tokens_[entry->second];
}

void AddedTokens::Finder::add(std::string_view content, std::uint32_t index) {
  if (content.empty()) return;
  trie_.insert(content, index);
  starts_[static_cast<unsigned char>(content.front())] = true;
  empty_ = false;
}

std::vector<AddedPiece> AddedTokens::Finder::split(std::string_view text,
                                                   const std::vector<AddedToken>& tokens) const {
  std::vector<AddedPiece> pieces;
  std::size_t done = 0;  // what stands before is in a piece
  for (std::size_t at = 0; !empty_ && at < text.size();) {
    if (!starts_[static_cast<unsigned char>(text[at])]) {
      ++at;
      continue;
    }
    const ByteTrie::Match match = trie_.longest(text, at);
    if (match.value == ByteTrie::kNone) {
      ++at;
      continue;
    }
    std::size_t begin = at, end = at + match.length;
    at = end;
    const AddedToken& token = tokens[match.value];
    if (token.single_word &&
        (ends_with_word(text.substr(0, begin)) || starts_with_word(text.substr(end))))
      continue;
    if (token.lstrip) begin = std::max(space_at_end(text.substr(0, begin)), done);
    if (token.rstrip) end += space_at_start(text.substr(end));
    if (done < begin) pieces.push_back({range_of(done, begin), std::nullopt});
    // Nothing is left of a token whose white space another one took along. One that does not strip
    // is found all the same, as in the reference.
    if (begin < end) pieces.push_back({range_of(begin, end), token.id});
    done = end;
  }
  if (done < text.size()) pieces.push_back({range_of(done, text.size()), std::nullopt});
  return pieces;
}

AddedToken read_added_token(const JsonReader& reader) {
  AddedToken token;
  token.content = reader.at("content").string();
  token.single_word = boolean_or(reader, "single_word", false);
  token.lstrip = boolean_or(reader, "lstrip", false);
  token.rstrip = boolean_or(reader, "rstrip", false);
  token.special = boolean_or(reader, "special", false);
  token.normalized = boolean_or(reader, "normalized", !token.special);
  return token;
}

std::vector<AddedToken> read_added_tokens(const JsonReader& reader, const TokenModel& model) {
  std::vector<AddedToken> tokens;
  auto next = static_cast<TokenId>(model.num_tokens());
  for (const auto& item : reader.items()) {
    AddedToken token = read_added_token(item);
    token.id = static_cast<TokenId>(item.at("id").integer(0, INT32_MAX));
    if (token.content.empty()) continue;

    const auto in_model = model.id(token.content);
    const TokenId expected = in_model ? *in_model : next;
    if (token.id != expected)
      fail(ErrorKind::model, item.at("id").where(), "expected ", expected, " for '", token.content,
           in_model ? "', as in the vocabulary" : "', the next free id", ", found ", token.id);
    if (!in_model) ++next;
    tokens.push_back(std::move(token));
  }
  return tokens;
}

}  // namespace prospect::tokenizers
