#include "scoring/tokenizers/detail/pipeline.h"

#include <algorithm>

#include "core/error.h"
#include "scoring/tokenizers/detail/byte_characters.h"

namespace prospect::tokenizers {
namespace {

// Splits a text without added tokens into words and these into tokens.
void tokenize_words(const Pipeline& pipeline, const TokenModel& model, AlignedText text,
                    std::vector<SourceToken>& tokens) {
  Words words(std::move(text));
  if (pipeline.pre_tokenizer) pipeline.pre_tokenizer->split(words);
  const std::string_view all = words.text.text();
  std::vector<FoundToken> found;
  for (const Range& word : words.ranges) {
    found.clear();
    model.tokenize_at(all.substr(word.begin, word.end - word.begin), words.text.start(word.begin),
                      found);
    for (const FoundToken& token : found)
      tokens.push_back({token.id, words.text.source(word.begin + token.range.begin,
                                                    word.begin + token.range.end)});
  }
}

}  // namespace

std::vector<SourceToken> Pipeline::tokenize(std::string_view text, bool tracked, Start start,
                                            bool target) const {
  if (text.size() > INT32_MAX)
    fail(ErrorKind::input, "text", "expected at most ", INT32_MAX, " bytes, found ", text.size());
  std::vector<SourceToken> tokens;
  tokens.reserve(text.size() / 4 + 1);
  const TokenModel& side = target && target_model ? *target_model : *model;
  for (const AddedPiece& piece : added.split(text)) {
    if (piece.id) {
      tokens.push_back({*piece.id, piece.range});
      continue;
    }
    AlignedText normal(text.substr(piece.range.begin, piece.range.end - piece.range.begin),
                       piece.range.begin, tracked, piece.range.begin == 0 ? start : Start::piece);
    if (normalizer) normalizer->apply(normal);
    const auto parts = added.split_normalized(normal.text());
    if (parts.size() == 1 && !parts.front().id) {
      tokenize_words(*this, side, std::move(normal), tokens);
      continue;
    }
    for (const AddedPiece& part : parts) {
      if (part.id)
        tokens.push_back({*part.id, normal.source(part.range.begin, part.range.end)});
      else
        tokenize_words(*this, side, normal.slice(part.range), tokens);
    }
  }
  return tokens;
}

void Pipeline::trim_sources(std::string_view text, std::vector<SourceToken>& tokens) const {
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    Range& source = tokens[i].source;
    const std::string_view name = added.find(tokens[i].id) == nullptr
                                      ? token(tokens[i].id).value_or("")
                                      : text.substr(source.begin, source.end - source.begin);
    post_processor->trim(text, name, i, source);
  }
}

TokenText Pipeline::text_of(TokenId id) const {
  constexpr std::string_view kMark = "\u2581";
  const std::string_view name = token(id).value_or("");
  if (added.find(id) != nullptr) return {std::string(name), true};
  if (blanks() == Blanks::none) {
    const Surface surface = model->surface(name);
    return {std::string(surface.text), surface.word_start};
  }
  if (blanks() == Blanks::byte_level) {
    std::string bytes = bytes_of_characters(name).value_or(std::string(name));
    const bool word_start = bytes.starts_with(' ');
    return {std::move(bytes), word_start};
  }
  if (const auto byte = byte_of_token(name)) return {std::string(1, static_cast<char>(*byte))};
  std::string text;
  for (std::size_t at = 0; at < name.size();) {
    const bool mark = name.substr(at).starts_with(kMark);
    text += mark ? ' ' : name[at];
    at += mark ? kMark.size() : 1;
  }
  return {std::move(text), name.starts_with(kMark)};
}

std::size_t Pipeline::size() const {
  std::size_t size = model->size();
  for (const AddedToken& token : added.tokens())
    size = std::max(size, static_cast<std::size_t>(token.id) + 1);
  return size;
}

std::optional<TokenId> Pipeline::id(std::string_view token) const {
  if (const auto id = added.id(token)) return id;
  return model->id(token);
}

std::optional<std::string_view> Pipeline::token(TokenId id) const {
  if (const AddedToken* token = added.find(id)) return std::string_view(token->shown);
  return model->token(id);
}

}  // namespace prospect::tokenizers
