#pragma once

#include <cstdint>
#include <vector>

#include "core/scorer.h"
#include "core/vocabulary.h"

namespace prospect {

class PretrainedLM;
class ScoringPlan;
class WorkPool;

/// The scorer over a language model: fills templates, computes equal rows once, in batches of
/// similar length on all threads, and only what is asked for: mask positions alone, and of the
/// vocabulary only the answers' rows, unless probabilities over all of it are wanted.
///
/// Whole-vocabulary probabilities are computed for `AnswerSpace::vocabulary` (with coverage and the
/// gold answer's rank), for answers of several tokens, and for norms by characters or bytes. Which
/// of the two a row gets depends on the row alone.
class LmScorer final : public Scorer {
 public:
  /// The references outlive the scorer.
  LmScorer(const PretrainedLM& lm, const Vocabulary& vocabulary, const WorkPool& pool)
      : lm_(lm), vocabulary_(vocabulary), pool_(pool) {}

  std::vector<RowOutcome> score(const ScoreRequest& request) override;
  std::int64_t cost(const Candidate& candidate, const ScoringSpec& spec) const override;

 private:
  void score_group(const ScoreRequest& request, const ScoringPlan& plan,
                   const std::vector<std::size_t>& rows, bool whole_vocabulary,
                   std::vector<RowOutcome>& outcomes);

  const PretrainedLM& lm_;
  const Vocabulary& vocabulary_;
  const WorkPool& pool_;
};

}  // namespace prospect
