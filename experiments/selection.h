#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/expected_value.h"
#include "core/outcome.h"
#include "core/task.h"
#include "core/vocabulary.h"
#include "experiments/records.h"

namespace prospect {

/// What dev selection ranks entries by.
enum class SelectionRule {
  expected,  ///< The metric, shrunk towards what the log-likelihood says: `core/expected_value.h`.
  metric,    ///< The metric as it was measured.
};
/// As the experiment file's `"selection"` has them: `default` and `accuracy`.
std::string_view name_of(SelectionRule rule);
inline constexpr SelectionRule kSelectionRules[] = {SelectionRule::expected, SelectionRule::metric};

/// What entries are ordered by, the first difference decides: entries that answer more than one
/// label before those that do not, expected metric, metric, mean gold log-likelihood, worst-class
/// accuracy (higher is better), fewer template tokens, canonical text. NaN is worst. Expected
/// metrics and log-likelihoods are compared and shown to six decimals.
struct Merit {
  bool one_label = false;  ///< Answers the same on every example, although they differ in label.
  double expected = 0;     ///< Under `SelectionRule::metric` it is `value`.
  double value = 0, log_likelihood = 0, worst_class = 0;
  std::int64_t num_tokens = 0;
  std::string text;
};

/// By the metric alone, as if there were no other entries.
Merit merit_of(const TrialRecord& trial);
Merit merit_of(const Evaluation& evaluation);

/// Whether `a` stands before `b`.
bool better(const Merit& a, const Merit& b);

/// A log-likelihood as it is compared and shown: to six decimals.
double rounded(double log_likelihood);

/// The canonical text of an entry: equal entries, equal texts.
std::string canonical_text(const Entry& entry);

/// What one entry's outcome on a dev pool tells selection, in the order of the pool.
struct DevEvidence {
  std::vector<double> values, log_likelihoods;
  bool one_label = false;
};

/// The part of a split that judging outcomes needs; the examples need no fields.
struct DevPool {
  std::string metric;
  std::vector<std::string> labels;
  std::span<const Example> examples;
};

/// Judges an outcome, in the order of the pool.
/// @param outcome  of the entry on the whole pool, in any order, without a failure.
Judgement judge_outcome(const Entry& entry, const Outcome& outcome, const DevPool& pool);
DevEvidence evidence_of(const std::string& metric, const Judgement& judgement);

/// The evidence of several entries as one.
/// @param examples  the dev pool that all were scored on.
Evidence stack(std::span<const DevEvidence* const> rows, std::span<const Example> examples);

/// Completes the merits of entries that were scored on the same dev pool, by the rule.
///
/// What an entry is expected to reach depends on the others; equal entries count once.
/// @param evidence  one for each merit; empty `values` where there is none, which leaves the
///                  metric as it is.
/// @param examples  the dev pool.
void weigh(SelectionRule rule, std::span<Merit* const> merits,
           std::span<const DevEvidence* const> evidence, std::span<const Example> examples);

/// The merits of trials on one dev pool; soft prompts are weighed among themselves. @param trials
/// with their rows.
std::vector<Merit> merits_of(SelectionRule rule, std::span<const TrialRecord> trials,
                             const DevPool& pool);

/// The best trials, best first, each entry once.
/// @param trials  trials that stand, on one split.
/// @param merits  theirs; without them each has its own (`merit_of`).
std::vector<TrialRecord> best_of(std::vector<TrialRecord> trials, std::vector<Merit> merits,
                                 std::size_t top);
std::vector<TrialRecord> best_of(std::vector<TrialRecord> trials, std::size_t top);

/// How an entry's template is shown: as text where filling and tokenising that again gives the ids
/// that were scored on each of these examples, else as written, with ids. An ensemble is shown as
/// its members' templates with their weights; its tokens are theirs together.
/// @param expanded  the candidates of `parts_of(entry)` without `{demos}`.
Shown show(const Entry& entry, std::span<const Candidate> expanded, const Vocabulary& vocabulary,
           std::span<const Example> examples);

}  // namespace prospect
