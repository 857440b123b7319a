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

std::int64_t num_forwards(std::span<const std::size_t> lengths, AnswerRule rule) {
  const std::set<std::size_t> distinct(lengths.begin(), lengths.end());
  auto count = static_cast<std::int64_t>(std::max<std::size_t>(distinct.size(), 1));
  if (rule == AnswerRule::left_to_right || rule == AnswerRule::most_confident)
    for (const std::size_t length : lengths)
      if (length > 1) count += static_cast<std::int64_t>(length) - 1;
  return count;
}

}  // namespace prospect
