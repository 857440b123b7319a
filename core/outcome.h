#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/matrix.h"
#include "core/scorer.h"
#include "core/task.h"

namespace prospect {

/// What scoring a candidate on some examples of a pool gave: `rows[i]` belongs to `examples[i]`.
///
/// Everything that a leaderboard shows is a function of outcomes; nothing derived from one costs
/// another forward pass.
struct Outcome {
  Pool pool = Pool::dev;
  std::vector<ExampleIndex> examples;
  std::vector<RowOutcome> rows;
};

/// Log-probability of each label: its answers combined, then normalised over the labels. [R, K]
///
/// An impossible answer (-inf) adds nothing to a sum or a maximum and makes a mean impossible.
/// Where all labels are impossible nothing tells them apart: each gets log(1/K). A NaN makes its
/// row NaN.
/// @param rows       each with one `log_p` per item of `flatten(verbalizer)`, and no failure.
/// @param normalise  false: the answers' combined `log_p` as it stands, so that of a whole
///                   vocabulary stays one.
MatrixXd label_log_probs(const Verbalizer& verbalizer, std::span<const RowOutcome> rows,
                         bool normalise = true);

/// What was predicted for each example, beside the truth: the columns that metrics read.
struct Judgement {
  std::size_t num_labels = 0;
  std::vector<std::int32_t> gold;       ///< Index of the right label.
  std::vector<std::int32_t> predicted;  ///< The only most probable label; -1 where labels tie.
  std::vector<std::int32_t> rank;       ///< Of the gold label, from 1; ties count against it.
  std::vector<double> gold_log_p;       ///< Of the gold label, normalised over the labels, in nats.
  std::vector<double> expected;         ///< Sum over labels of probability x numeric label value.
  std::vector<double> gold_value;       ///< The gold label's numeric value: its name, where every
                                        ///< label's name is a finite number, else its index.
  std::vector<std::int32_t> object;     ///< Which distinct `Example::gold` this is.
  std::vector<std::int32_t> group;      ///< Which distinct `Example::group` this is.

  std::size_t size() const { return gold.size(); }
};

/// Judges label log-probabilities [R, K] against the examples' labels. They are compared exactly:
/// two labels tie when their numbers are equal. A NaN in a row predicts nothing and ranks gold
/// last.
/// @throws Error (input) for an example without one of the labels.
Judgement judge(std::span<const std::string> labels, const MatrixXd& label_log_p,
                std::span<const Example> examples);

/// A candidate's score on some examples.
struct Evaluation {
  double value = 0;           ///< The task's metric; NaN where it is undefined.
  double standard_error = 0;  ///< Of `value` over examples.
  double log_likelihood = 0;  ///< Mean `gold_log_p`, the first tie-breaker.
  double worst_class = 0;     ///< Least accuracy of a label that occurs, the second tie-breaker.
  std::size_t num_examples = 0;
  std::int64_t truncated = 0;  ///< Examples whose fields were cut.
};

/// Evaluates by a metric's name (`core/metric.h`). Without examples every number is NaN.
/// @param rows  one per example, without a failure (see `first_failure`).
Evaluation evaluate(const std::string& metric, std::span<const std::string> labels,
                    const Verbalizer& verbalizer, std::span<const Example> examples,
                    std::span<const RowOutcome> rows);

/// The first failure among the rows, if any: then a candidate has no score.
const Failure* first_failure(std::span<const RowOutcome> rows);

}  // namespace prospect
