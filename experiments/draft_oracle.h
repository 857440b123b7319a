#pragma once

#include "core/scorer.h"
#include "scoring/model.h"
#include "search/oracles.h"

namespace prospect {

/// A second model as the draft of a searched one: `"models": {"draft": FOLDER}`.
///
/// It reads candidates as text, in its own tokens; only where both have the same vocabulary does it
/// read the same ids. A trigger slot that holds no token is filled as the draft fills one.
class ModelDraft final : public DraftOracle {
 public:
  /// The references outlive it.
  ModelDraft(Model& draft, const Model& searched, const ScoringSpec& spec);

  std::vector<double> log_likelihood(std::span<const Candidate> candidates,
                                     std::span<const Example> examples) override;
  std::int64_t cost(std::int64_t num_rows) const override;

 private:
  Candidate translated(const Candidate& candidate) const;

  Model& draft_;
  const Vocabulary& vocabulary_;  // of the searched model
  bool same_vocabulary_;
  ScoringSpec spec_;
  double share_;  // of the searched model's work on a row
};

}  // namespace prospect
