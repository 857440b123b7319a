#include "scoring/tokenizers/tokenizer.h"

#include <algorithm>

#include "core/error.h"
#include "core/text.h"
#include "scoring/tokenizers/detail/pipeline.h"

namespace prospect {

using tokenizers::FramePart;
using tokenizers::Pipeline;
using tokenizers::SourceToken;

namespace {

// A reserve entry of published vocabularies: [unused7], <unused7>.
bool is_reserve(std::string_view token) {
  if (token.size() < 3) return false;
  const std::string_view inner = token.substr(1, token.size() - 2);
  const bool bracketed = (token.front() == '[' && token.back() == ']') ||
                         (token.front() == '<' && token.back() == '>');
  return bracketed && inner.starts_with("unused");
}

// Cuts tokens so that both fit into `room`, as the reference does.
void truncate(std::vector<SourceToken>& first, std::vector<SourceToken>* second, std::size_t room,
              Truncation::Side side) {
  const std::size_t total = first.size() + (second != nullptr ? second->size() : 0);
  if (total <= room) return;
  if (room == 0) {
    first.clear();
    if (second != nullptr) second->clear();
    return;
  }
  auto* cut = side == Truncation::Side::only_first ? &first : second;
  if (cut == nullptr)
    fail(ErrorKind::input, "truncation", "expected a second text to cut, found one text");
  const std::size_t excess = total - room;
  if (cut->size() <= excess)
    fail(ErrorKind::input, "truncation", "expected a text of more than ", excess,
         " tokens to cut so that both fit, found ", cut->size());
  cut->resize(cut->size() - excess);
}

}  // namespace

Tokenizer::Tokenizer(std::unique_ptr<const Pipeline> pipeline)
    : pipeline_(std::move(pipeline)), max_length_(pipeline_->max_length) {}

Tokenizer::~Tokenizer() = default;

std::size_t Tokenizer::size() const {
  return pipeline_->size();
}

std::string Tokenizer::fingerprint() const {
  return pipeline_->fingerprint;
}

std::vector<TokenId> Tokenizer::encode(std::string_view text, bool special) const {
  std::string repaired;
  if (invalid_utf8(text)) text = repaired = tokenizers::repair_utf8(text);
  std::vector<TokenId> ids;
  const auto tokens = pipeline_->tokenize(text, false);
  ids.reserve(tokens.size() + 4);
  for (const FramePart& part : pipeline_->post_processor->frame(false)) {
    if (part.kind == FramePart::Kind::first)
      for (const SourceToken& token : tokens) ids.push_back(token.id);
    else if (special)
      ids.push_back(part.id);
  }
  return ids;
}

Encoding Tokenizer::encode_pair(std::string_view text, std::optional<std::string_view> pair,
                                bool special, std::optional<Truncation> truncation) const {
  const auto tokenize = [&](std::string_view part) {
    const std::string repaired =
        invalid_utf8(part) ? tokenizers::repair_utf8(part) : std::string(part);
    auto tokens = pipeline_->tokenize(repaired, true);
    pipeline_->trim_sources(repaired, tokens);
    return tokens;
  };
  auto first = tokenize(text);
  std::vector<SourceToken> second;
  if (pair) second = tokenize(*pair);
  const tokenizers::Frame& frame = pipeline_->post_processor->frame(pair.has_value());
  if (truncation) {
    const std::size_t num_added = special ? num_special(frame) : 0;
    if (truncation->max_length < num_added)
      fail(ErrorKind::input, "truncation", "expected room for ", num_added,
           " special tokens, found a length of ", truncation->max_length);
    truncate(first, pair ? &second : nullptr, truncation->max_length - num_added, truncation->side);
  }

  Encoding encoding;
  const auto add = [&](TokenId id, std::int32_t type_id, TokenSpan span) {
    encoding.ids.push_back(id);
    encoding.type_ids.push_back(type_id);
    encoding.tokens.push_back(token(id));
    encoding.offsets.push_back(span);
  };
  for (const FramePart& part : frame) {
    if (part.kind == FramePart::Kind::special) {
      if (special) add(part.id, part.type_id, {});
      continue;
    }
    const bool is_first = part.kind == FramePart::Kind::first;
    for (const SourceToken& token : is_first ? first : second)
      add(token.id, part.type_id, {token.source.begin, token.source.end, is_first ? 0 : 1});
  }
  return encoding;
}

std::string Tokenizer::decode(std::span<const TokenId> ids, bool skip_special) const {
  std::vector<std::string> tokens;
  tokens.reserve(ids.size());
  for (const TokenId id : ids) {
    const auto token = pipeline_->token(id);
    if (!token) continue;
    const tokenizers::AddedToken* added = pipeline_->added.find(id);
    if (skip_special && added != nullptr && added->special) continue;
    tokens.emplace_back(*token);
  }
  if (!pipeline_->decoder) return join(tokens, " ");
  return join(pipeline_->decoder->decode(std::move(tokens)), "");
}

std::string Tokenizer::token(TokenId id) const {
  return std::string(pipeline_->token(id).value_or(""));
}

std::optional<TokenId> Tokenizer::id(std::string_view token) const {
  return pipeline_->id(token);
}

std::optional<TokenId> Tokenizer::special(std::string_view role) const {
  const auto entry = pipeline_->special.find(std::string(role));
  if (entry == pipeline_->special.end()) return std::nullopt;
  return entry->second;
}

std::optional<TokenId> Tokenizer::mask() const {
  return special("mask_token");
}

std::optional<std::size_t> Tokenizer::max_length() const {
  return max_length_;
}

void Tokenizer::set_max_length(std::size_t length) {
  max_length_ = std::min(length, max_length_.value_or(length));
}

TokenTraits Tokenizer::traits(TokenId id) const {
  TokenTraits traits;
  const auto token = pipeline_->token(id);
  if (!token) {
    traits.unused = true;
    return traits;
  }
  const tokenizers::AddedToken* added = pipeline_->added.find(id);
  traits.special = added != nullptr && added->special;
  for (const auto& [role, special_id] : pipeline_->special)
    traits.special = traits.special || special_id == id;
  traits.unused = is_reserve(*token);
  if (traits.special || traits.unused) return traits;

  const tokenizers::TokenText surface = pipeline_->text_of(id);
  traits.word_start = surface.word_start;
  if (invalid_utf8(surface.text)) return traits;  // A part of a character.
  traits.capitalised = surface.word_start && starts_capitalised(trim(surface.text));
  traits.whitespace = is_blank(surface.text);
  traits.typable = is_typable(surface.text);
  return traits;
}

}  // namespace prospect
