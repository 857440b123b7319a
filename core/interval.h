#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/metric.h"

namespace prospect {

/// Where a number may well lie.
struct Interval {
  double low = 0, high = 0;
};

/// The level of every interval that is shown.
inline constexpr double kConfidence = 0.95;

/// The exact interval of a share of right answers among examples drawn at random: it covers at
/// least as often as it says, whatever the share. Source: Clopper and Pearson 1934.
/// @return NaN without examples.
Interval exact_interval(std::size_t right, std::size_t total, double confidence = kConfidence);

/// Right answers among the examples of one label.
struct LabelCount {
  std::size_t right = 0, total = 0;
};

/// The interval of a share of right answers among examples that were drawn label by label, as
/// few-shot sets are: the number of each label is fixed, and only which of its examples came is
/// chance.
///
/// An interval that takes the labels for random too covers far too often where a candidate prefers
/// a label. Here each label's share has the posterior of `right` out of `total` under the uniform
/// prior, Beta(right + 1, wrong + 1) (Laplace); their mean weighed by `total` has the mean and
/// variance that follow, and the interval is that of the Beta distribution with these, extended to
/// what was measured. The match of moments is our own; how often the interval covers is measured in
/// `experiments/bench/selection.md`.
/// @return NaN without examples.
Interval stratified_interval(std::span<const LabelCount> labels, double confidence = kConfidence);

/// How examples were drawn, which decides what is chance in a number made of them.
enum class Drawn {
  by_label,   ///< So many of each label, as dev sets are.
  at_random,  ///< From all, as test sets are.
};

/// The interval of a metric.
///
/// Accuracy has `stratified_interval` or `exact_interval`; another metric has the percentiles of
/// `num_resamples` bootstrap samples (Efron 1979), drawn as the examples were, from a fixed stream.
/// @return NaN where there are fewer than two examples or the metric is undefined.
Interval metric_interval(const Metric& metric, const Judgement& judgement, Drawn drawn,
                         std::size_t num_resamples = 1000);

/// The interval of a mean over independent repetitions (Student 1908): `values` are one for each
/// split, the mean over what was run on it, so that searches on the same examples do not count as
/// if they were on others.
/// @return NaN for fewer than two.
Interval mean_interval(std::span<const double> values, double confidence = kConfidence);

}  // namespace prospect
