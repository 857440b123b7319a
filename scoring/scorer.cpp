#include "scoring/scorer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "core/error.h"
#include "core/log_space.h"
#include "scoring/answer_chains.h"
#include "scoring/scoring_plan.h"

namespace prospect {
namespace {

void check_spec(const ScoringSpec& spec) {
  if (spec.precision != Precision::float32)
    fail(ErrorKind::unsupported, "precision", "expected float32, found '", name_of(spec.precision),
         "'; models are computed in float32 alone");
}

std::vector<std::size_t> lengths_of(const std::vector<AnswerPieces>& answers) {
  std::vector<std::size_t> lengths;
  for (const auto& pieces : answers) lengths.push_back(pieces.ids.size());
  return lengths;
}

// Among labels that are one token each, the sum over the vocabulary is the same for all and falls
// out, unless the norm divides it by another number for each.
bool needs_vocabulary(const std::vector<AnswerPieces>& answers, const ScoringSpec& spec) {
  return spec.space == AnswerSpace::vocabulary || spec.norm == LengthNorm::characters ||
         spec.norm == LengthNorm::bytes ||
         std::any_of(answers.begin(), answers.end(),
                     [](const AnswerPieces& pieces) { return pieces.ids.size() > 1; });
}

// A row's chains: one per answer, and one more for the gold answer's rank where that is wanted.
struct RowChains {
  std::size_t row = 0, begin = 0;
  bool has_gold = false;
};

AnswerChain make_chain(std::uint32_t prompt, const Filled& filled, std::span<const TokenId> ids) {
  AnswerChain chain{.prompt = prompt};
  for (std::size_t i = 0; i < ids.size(); ++i)
    chain.open.push_back({filled.answer_slots[i], ids[i]});
  return chain;
}

// Puts a row's prompts into the set and its chains behind `chains`.
RowChains add_row(const ScoringPlan& plan, const Row& row, std::size_t index, PromptSet& prompts,
                  std::vector<AnswerChain>& chains) {
  RowChains result{.row = index, .begin = chains.size()};
  std::map<std::size_t, std::uint32_t> by_length;
  for (const auto& pieces : plan.answers(row)) {
    const std::size_t length = pieces.ids.size();
    auto at = by_length.find(length);
    if (at == by_length.end())
      at = by_length.emplace(length, prompts.add(plan.prompt(row, length))).first;
    chains.push_back(make_chain(at->second, plan.filled(row, length), pieces.ids));
  }
  const auto gold = plan.gold(row);
  if (const auto one = by_length.find(1); gold && one != by_length.end()) {
    chains.push_back(make_chain(one->second, plan.filled(row, 1), {&*gold, 1}));
    chains.back().rank = true;
    result.has_gold = true;
  }
  return result;
}

// The probability of any of the answers; the same tokens count once.
double coverage_of(const std::vector<AnswerPieces>& answers, std::span<const AnswerChain> chains) {
  std::set<std::vector<TokenId>> seen;
  double sum = 0;
  for (std::size_t i = 0; i < answers.size(); ++i)
    if (seen.insert(answers[i].ids).second) sum += std::exp(chains[i].log_p);
  return sum;
}

RowOutcome outcome_of(const ScoringPlan& plan, const Row& row, const ScoringSpec& spec,
                      std::span<const AnswerChain> chains, bool has_gold) {
  const auto& answers = plan.answers(row);
  RowOutcome outcome;
  for (std::size_t i = 0; i < answers.size(); ++i)
    outcome.log_p.push_back(chains[i].log_p / answers[i].divisor);
  if (spec.space == AnswerSpace::labels) {
    log_normalise(outcome.log_p);
    outcome.coverage = std::numeric_limits<double>::quiet_NaN();
  } else {
    outcome.coverage = coverage_of(answers, chains);
    if (has_gold) outcome.gold_rank = chains[answers.size()].rank_value;
  }
  for (const auto& pieces : answers)
    outcome.truncated_tokens =
        std::max(outcome.truncated_tokens, plan.filled(row, pieces.ids.size()).truncated_tokens);
  outcome.num_forwards = static_cast<std::int32_t>(num_forwards(lengths_of(answers), spec.rule));
  return outcome;
}

}  // namespace

std::vector<RowOutcome> LmScorer::score(const ScoreRequest& request) {
  check_spec(request.spec);
  const ScoringPlan plan(request, lm_, vocabulary_, pool_);
  std::vector<RowOutcome> outcomes(request.rows.size());
  std::vector<std::size_t> logit_rows, probability_rows;
  for (std::size_t i = 0; i < request.rows.size(); ++i) {
    const Row& row = request.rows[i];
    if (auto failure = plan.failure(row)) {
      outcomes[i].coverage = std::numeric_limits<double>::quiet_NaN();
      outcomes[i].failure = std::move(failure);
      continue;
    }
    const bool whole = needs_vocabulary(plan.answers(row), request.spec);
    (whole ? probability_rows : logit_rows).push_back(i);
  }
  score_group(request, plan, logit_rows, false, outcomes);
  score_group(request, plan, probability_rows, true, outcomes);
  return outcomes;
}

void LmScorer::score_group(const ScoreRequest& request, const ScoringPlan& plan,
                           const std::vector<std::size_t>& rows, bool whole_vocabulary,
                           std::vector<RowOutcome>& outcomes) {
  PromptSet prompts;
  std::vector<AnswerChain> chains;
  std::vector<RowChains> parts;
  for (const std::size_t index : rows)
    parts.push_back(add_row(plan, request.rows[index], index, prompts, chains));
  run_chains(lm_, pool_, prompts, chains, request.spec.rule,
             whole_vocabulary ? ReadSpace::probabilities : ReadSpace::logits);
  for (const auto& part : parts)
    outcomes[part.row] = outcome_of(plan, request.rows[part.row], request.spec,
                                    std::span(chains).subspan(part.begin), part.has_gold);
}

std::int64_t LmScorer::cost(const Candidate& candidate, const ScoringSpec& spec) const {
  std::vector<std::size_t> lengths;
  for (const auto& answer : flatten(candidate.verbalizer)) {
    const auto pieces = encode_pieces(vocabulary_, candidate.tmpl, answer, spec);
    if (pieces.failure) return 1;  // found before anything is computed
    lengths.push_back(pieces.ids.size());
  }
  return num_forwards(lengths, spec.rule);
}

}  // namespace prospect
