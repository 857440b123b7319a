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

std::optional<TokenId> find_sentinel(const Pipeline& pipeline, std::size_t n) {
  const std::string name = "<extra_id_" + std::to_string(n) + ">";
  if (const auto id = pipeline.id(name)) return id;
  return pipeline.id("\u2581" + name);  // mT5 has them as pieces.
}

AnswerForm usual_form(const Pipeline& pipeline) {
  if (pipeline.special.contains("mask_token")) return AnswerForm::mask;
  if (find_sentinel(pipeline, 0)) return AnswerForm::sentinel;
  return pipeline.target_model ? AnswerForm::target : AnswerForm::next_token;
}

}  // namespace

Tokenizer::Tokenizer(std::unique_ptr<const Pipeline> pipeline)
    : pipeline_(std::move(pipeline)),
      max_length_(pipeline_->max_length),
      answer_form_(usual_form(*pipeline_)) {}

Tokenizer::~Tokenizer() = default;

std::size_t Tokenizer::size() const {
  return pipeline_->size();
}

std::string Tokenizer::fingerprint() const {
  return pipeline_->fingerprint;
}

std::vector<TokenId> Tokenizer::encode(std::string_view text, bool special) const {
  return encode_with(text, special, false);
}

std::vector<TokenId> Tokenizer::encode_target(std::string_view text, bool special) const {
  return encode_with(text, special, true);
}

std::vector<TokenId> Tokenizer::encode_with(std::string_view text, bool special,
                                            bool target) const {
  std::string repaired;
  if (invalid_utf8(text)) text = repaired = tokenizers::repair_utf8(text);
  std::vector<TokenId> ids;
  const auto tokens = pipeline_->tokenize(text, false, tokenizers::Start::text, target);
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
    if (skip_special && added != nullptr && added->skipped) continue;
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
  return answer_form_ == AnswerForm::mask ? special("mask_token") : std::nullopt;
}

std::optional<TokenId> Tokenizer::sentinel(std::size_t n) const {
  return find_sentinel(*pipeline_, n);
}

void Tokenizer::set_answer_form(AnswerForm form) {
  const bool no_mask = form == AnswerForm::mask && !special("mask_token");
  const bool no_sentinel = form == AnswerForm::sentinel && !sentinel(0);
  if (no_mask || no_sentinel)
    fail(ErrorKind::model, "tokenizer", "expected a ", no_mask ? "mask token" : "sentinel token",
         " in the vocabulary, since the model fills in such tokens, found none");
  answer_form_ = form;
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
