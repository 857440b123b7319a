#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "core/outcome.h"
#include "core/task.h"
#include "core/vocabulary.h"
#include "experiments/records.h"

namespace prospect {

/// What entries are ordered by, the first difference decides: metric, mean gold log-likelihood,
/// worst-class accuracy (higher is better), fewer template tokens, canonical text. NaN is worst.
/// Log-likelihoods are compared and shown to six decimals.
struct Merit {
  double value = 0, log_likelihood = 0, worst_class = 0;
  std::int64_t num_tokens = 0;
  std::string text;
};

Merit merit_of(const TrialRecord& trial);
Merit merit_of(const Evaluation& evaluation);

/// Whether `a` stands before `b`.
bool better(const Merit& a, const Merit& b);

/// A log-likelihood as it is compared and shown: to six decimals.
double rounded(double log_likelihood);

/// The canonical text of an entry: equal entries, equal texts.
std::string canonical_text(const Entry& entry);

/// The best trials, best first, each entry once.
/// @param trials  trials that stand, of one strategy on one split.
std::vector<TrialRecord> best_of(std::vector<TrialRecord> trials, std::size_t top);

/// How an entry's template is shown: as text where filling and tokenising that again gives the ids
/// that were scored on each of these examples, else as written, with ids.
/// @param expanded  the candidate without `{demos}`.
Shown show(const Candidate& candidate, const Candidate& expanded, const Vocabulary& vocabulary,
           std::span<const Example> examples);

}  // namespace prospect
