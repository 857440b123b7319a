#include "scoring/answers.h"

#include <algorithm>
#include <set>

#include "core/text.h"

namespace prospect {
namespace {

std::string pieces_text(const Vocabulary& vocabulary, std::span<const TokenId> ids) {
  std::string text;
  for (const TokenId id : ids) {
    if (!text.empty()) text += ' ';
    text += vocabulary.token(id);
  }
  return text;
}

std::optional<Failure> fault_of(const Vocabulary& vocabulary, const Answer& answer,
                                std::span<const TokenId> ids, AnswerRule rule) {
  const std::string name = "answer '" + answer.text + "' ";
  if (ids.empty()) return Failure{name + "has no token; use another word"};
  for (const TokenId id : ids) {
    if (id < 0 || static_cast<std::size_t>(id) >= vocabulary.size())
      return Failure{name + "has token id " + std::to_string(id) + ", expected one below " +
                     std::to_string(vocabulary.size())};
    if (answer.ids.empty() && vocabulary.traits(id).special)
      return Failure{name + "cannot be written in the model's vocabulary: it becomes " +
                     pieces_text(vocabulary, ids) + "; use another word"};
  }
  if (rule == AnswerRule::single && ids.size() > 1)
    return Failure{name + "has " + std::to_string(ids.size()) + " tokens (" +
                   pieces_text(vocabulary, ids) +
                   "), but the rule 'single' takes one; use another word or a rule for several"};
  return std::nullopt;
}

double divisor_of(const Vocabulary& vocabulary, const Answer& answer, std::span<const TokenId> ids,
                  LengthNorm norm) {
  if (norm == LengthNorm::sum) return 1;
  if (norm == LengthNorm::tokens) return static_cast<double>(ids.size());
  const std::string decoded = answer.text.empty() ? vocabulary.decode(ids) : answer.text;
  const std::string_view text = trim(decoded);
  const std::size_t length = norm == LengthNorm::bytes ? text.size() : code_points(text);
  return static_cast<double>(std::max<std::size_t>(length, 1));
}

}  // namespace

AnswerPieces encode_pieces(const Vocabulary& vocabulary, const Template& tmpl, const Answer& answer,
                           const ScoringSpec& spec) {
  AnswerPieces pieces{.ids = vocabulary.encode_answer(tmpl, answer)};
  pieces.failure = fault_of(vocabulary, answer, pieces.ids, spec.rule);
  if (!pieces.failure) pieces.divisor = divisor_of(vocabulary, answer, pieces.ids, spec.norm);
  return pieces;
}

std::vector<WrittenForm> masked_forms(std::span<const TokenId> answer, AnswerRule rule,
                                      const Vocabulary& vocabulary) {
  const std::size_t length = answer.size();
  if (rule != AnswerRule::within_word) {
    WrittenForm form{std::vector<TokenId>(length, kMasked), {}};
    for (std::size_t i = 0; i < length; ++i) form.reads.push_back(i);
    return {form};
  }
  std::vector<WrittenForm> forms;
  for (std::size_t i = 0; i < length; ++i) {
    WrittenForm form{{answer.begin(), answer.end()}, {i}};
    form.ids[i] = kMasked;
    for (std::size_t j = i + 1; j < length && !vocabulary.traits(answer[j]).word_start; ++j)
      form.ids[j] = kMasked;
    forms.push_back(std::move(form));
  }
  return forms;
}

std::int64_t num_forwards(std::span<const AnswerPieces> answers, const ScoringSpec& spec,
                          ModelKind kind, bool has_tail, const Vocabulary& vocabulary) {
  std::set<std::vector<TokenId>> inputs;
  std::int64_t further = 0;
  const bool filled_in_turn =
      spec.rule == AnswerRule::left_to_right || spec.rule == AnswerRule::most_confident;
  for (const auto& [ids, divisor, failure] : answers) {
    if (kind == ModelKind::masked_lm) {
      for (auto& form : masked_forms(ids, spec.rule, vocabulary)) inputs.insert(form.ids);
      if (filled_in_turn && ids.size() > 1) further += static_cast<std::int64_t>(ids.size()) - 1;
    } else {
      const bool whole = has_tail && kind == ModelKind::causal_lm && spec.tail == Tail::score;
      inputs.insert({ids.begin(), whole || ids.empty() ? ids.end() : ids.end() - 1});
    }
  }
  return std::max<std::int64_t>(static_cast<std::int64_t>(inputs.size()), 1) + further;
}

}  // namespace prospect
