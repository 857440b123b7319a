#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/matrix.h"
#include "core/metric.h"

namespace prospect {

/// What each of N examples says of each of C candidates that were all scored on it.
struct Evidence {
  MatrixXd value;                  ///< What the example adds to the metric. [C, N]
  MatrixXd log_likelihood;         ///< Log-probability of the gold label. [C, N]
  std::vector<std::int32_t> gold;  ///< The examples' labels. [N]
};

/// What the candidates' metric is expected to be on examples that nobody has seen.
struct ExpectedValues {
  std::vector<double> value;  ///< In the order of the candidates.
  double slope = 0;           ///< Of the line: metric for each nat of log-likelihood, at least 0.
  double trust = 1;           ///< Weight of a candidate's own metric against the line's; 0 to 1.
};

/// Shrinks each candidate's metric towards what its log-likelihood says.
///
/// On a small dev set the metric moves in steps and is noisy, and whoever is first in order is
/// lucky rather than good. The mean log-probability of the gold labels is smooth and less noisy,
/// but is not the metric. So the metric is regressed on the log-likelihood over the candidates, and
/// each one's own value is shrunk to that line as far as the scatter about the line is no more than
/// the noise of the examples explains (all of it on few examples, hardly any on many):
///
///     line_i  = mean(value) + slope * (l_i - mean(l))            slope = max(0, least squares)
///     trust   = max(0, 1 - noise / scatter)
///     value_i = line_i + trust * (mean value of i - line_i)
///
/// `scatter` is the residual variance about the line, `noise` that part of it which drawing other
/// examples would change: since all candidates saw the same ones, it is estimated from what is left
/// of the cells after each candidate's mean, within each label, and each example's mean are taken
/// out, and the part that the log-likelihood's own noise shares with it is left out. The line is
/// fitted over the best quarter of the candidates by log-likelihood, at least `kLeastFitted`: the
/// hopeless ones, whose accuracy is chance whatever their likelihood, would bend it. Choosing that
/// quarter by the regressor does not bias the fit.
///
/// Source: Fay and Herriot 1979 (estimates for small areas, shrunk to a regression), with the
/// positive-part factor of Efron and Morris 1973. With fewer than `kLeastCandidates` candidates
/// there is nothing to learn from, and the values are the candidates' own.
/// @param evidence  finite numbers; log-likelihoods are cut off at `kLeastLogLikelihood`, so that
///                  one impossible answer does not decide alone.
ExpectedValues expected_values(const Evidence& evidence);

/// What each example adds to a candidate's metric: numbers whose mean is the metric.
///
/// For a mean over examples they are its terms; for another metric the jackknife's pseudo-values,
/// n * all - (n - 1) * all but this one, moved so that their mean is the metric (Tukey 1958).
/// @return  as many as there are examples; each the metric itself where they are too many
///          (`kMostLeftOut`) or where leaving one out leaves the metric undefined: then nothing is
///          said of the noise, and nothing is shrunk.
std::vector<double> example_values(const Metric& metric, const Judgement& judgement);
inline constexpr std::size_t kMostLeftOut = 512;

inline constexpr std::size_t kLeastCandidates = 5, kLeastFitted = 20;
inline constexpr double kLeastLogLikelihood = -10.0;

}  // namespace prospect
