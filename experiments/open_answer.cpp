#include "experiments/open_answer.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/error.h"
#include "core/text.h"

namespace prospect {
namespace {

// Of the best tokens of a slot, the first that is text.
constexpr std::size_t kTop = 20;

std::optional<ScoredToken> best_text(const std::vector<ScoredToken>& tokens,
                                     const Vocabulary& vocabulary) {
  for (const auto& token : tokens) {
    const TokenTraits traits = vocabulary.traits(token.id);
    if (!traits.special && !traits.unused) return token;
  }
  return std::nullopt;
}

// The prompt with the answer's tokens at its slot, masks where there is none yet.
Template written(const Template& prompt, const std::vector<TokenId>& answer) {
  std::vector<Piece> pieces;
  for (const auto& piece : prompt.pieces()) {
    if (!std::holds_alternative<AnswerSlot>(piece)) {
      pieces.push_back(piece);
      continue;
    }
    for (const TokenId id : answer) {
      if (id == kUnsetToken)
        pieces.emplace_back(AnswerSlot{});
      else
        pieces.emplace_back(FixedTokens{{id}});
    }
  }
  return Template(std::move(pieces));
}

OpenAnswer open_answer(Model& model, const Template& prompt, std::size_t num_tokens,
                       FillOrder order, const std::string& where) {
  OpenAnswer answer;
  answer.ids.assign(num_tokens, kUnsetToken);
  for (std::size_t step = 0; step < num_tokens; ++step) {
    const auto fills = fill_masks(model, written(prompt, answer.ids), kTop, where);
    ++answer.num_forwards;
    std::optional<ScoredToken> chosen;
    std::size_t place = 0;
    for (std::size_t at = 0, slot = 0; at < num_tokens; ++at) {
      if (answer.ids[at] != kUnsetToken) continue;
      const auto best = best_text(fills.at(slot++), model.vocabulary());
      if (!best || (chosen && best->log_p <= chosen->log_p)) continue;
      chosen = best;
      place = at;
      if (order == FillOrder::left_to_right) break;
    }
    if (!chosen)
      fail(ErrorKind::input, where, "expected a token of text among the ", kTop,
           " most probable, found special tokens alone");
    answer.ids[place] = chosen->id;
    answer.log_p += chosen->log_p;
  }
  answer.text = trim(model.vocabulary().decode(answer.ids));
  return answer;
}

}  // namespace

std::vector<OpenAnswer> open_answers(Model& model, const Template& prompt, std::size_t most_tokens,
                                     FillOrder order, const std::string& where) {
  if (!model.vocabulary().mask())
    fail(ErrorKind::unsupported, where,
         "expected a masked language model, found one without a mask token; it writes answers from "
         "left to right");
  if (prompt.num_answer_slots() != 1)
    fail(ErrorKind::input, where, "expected one {mask} for an answer of several tokens, found ",
         prompt.num_answer_slots());
  std::vector<OpenAnswer> answers;
  for (std::size_t length = 1; length <= most_tokens; ++length)
    answers.push_back(open_answer(model, prompt, length, order, where));
  std::stable_sort(answers.begin(), answers.end(), [](const OpenAnswer& a, const OpenAnswer& b) {
    return a.mean_log_p() > b.mean_log_p();
  });
  return answers;
}

}  // namespace prospect
