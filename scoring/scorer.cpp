#include "scoring/scorer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "core/error.h"
#include "core/log_space.h"
#include "core/processor.h"
#include "scoring/answer_chains.h"
#include "scoring/pretrained_lm.h"
#include "scoring/scoring_plan.h"

namespace prospect {
namespace {

void check_spec(const ScoringSpec& spec, ModelKind kind) {
  if (kind != ModelKind::masked_lm && spec.rule != AnswerRule::single &&
      spec.rule != AnswerRule::left_to_right)
    fail(ErrorKind::unsupported, "rule", "expected single or left_to_right for a ", name_of(kind),
         ", found '", name_of(spec.rule), "', which is a rule for masks");
  if (spec.precision == Precision::automatic)
    fail(ErrorKind::unsupported, "precision",
         "expected float32 or bfloat16, found 'auto', which is for searches: one prompt has "
         "no rivals to be screened against");
  if (spec.precision == Precision::bfloat16 && !has_bfloat16_products())
    fail(ErrorKind::unsupported, "precision",
         "expected float32, found 'bfloat16': this processor has no products of bfloat16 "
         "(AVX512-BF16)");
}

// Among labels that are one token each, the sum over the vocabulary is the same for all and falls
// out, unless the norm divides it by another number for each.
bool needs_vocabulary(const std::vector<AnswerPieces>& answers, const ScoringSpec& spec,
                      bool has_tail) {
  return has_tail || spec.space == AnswerSpace::vocabulary || spec.norm == LengthNorm::characters ||
         spec.norm == LengthNorm::bytes ||
         std::any_of(answers.begin(), answers.end(),
                     [](const AnswerPieces& pieces) { return pieces.ids.size() > 1; });
}

// A row's chains: one per answer, and one more for the gold answer's rank where that is wanted.
struct RowChains {
  std::size_t row = 0, begin = 0;
  bool has_gold = false;
};

// Puts a row's prompts into the set and its chains behind `chains`.
RowChains add_row(const ScoringPlan& plan, const Row& row, std::size_t index, PromptSet& prompts,
                  std::vector<AnswerChain>& chains) {
  RowChains result{.row = index, .begin = chains.size()};
  bool has_single = false;
  for (const auto& pieces : plan.answers(row)) {
    chains.push_back(plan.chain(row, pieces.ids, prompts));
    has_single = has_single || pieces.ids.size() == 1;
  }
  const auto gold = plan.gold(row);
  if (gold && has_single) {
    chains.push_back(plan.chain(row, {&*gold, 1}, prompts));
    chains.back().open.resize(1);  // its own token, not the text behind it
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
  outcome.num_forwards = static_cast<std::int32_t>(plan.num_forwards(row));
  return outcome;
}

}  // namespace

std::vector<RowOutcome> LmScorer::score(const ScoreRequest& request) {
  check_spec(request.spec, lm_.kind());
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
    const bool behind = lm_.kind() == ModelKind::causal_lm && plan.has_tail(row);
    const bool whole = needs_vocabulary(plan.answers(row), request.spec, behind);
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
  const AnswerRule rule =
      lm_.kind() == ModelKind::masked_lm ? request.spec.rule : AnswerRule::parallel;
  run_chains(lm_, pool_, prompts, chains, rule,
             whole_vocabulary ? ReadSpace::probabilities : ReadSpace::logits,
             request.spec.precision);
  for (const auto& part : parts)
    outcomes[part.row] = outcome_of(plan, request.rows[part.row], request.spec,
                                    std::span(chains).subspan(part.begin), part.has_gold);
}

std::int64_t LmScorer::cost(const Candidate& candidate, const ScoringSpec& spec) const {
  std::vector<AnswerPieces> answers;
  for (const auto& answer : flatten(candidate.verbalizer)) {
    answers.push_back(encode_pieces(vocabulary_, candidate.tmpl, answer, spec));
    if (answers.back().failure) return 1;  // found before anything is computed
  }
  return num_forwards(answers, spec, lm_.kind(), has_tail(candidate.tmpl), vocabulary_);
}

}  // namespace prospect
