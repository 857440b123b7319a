#pragma once

#include <span>

namespace prospect {

/// The logarithm of the sum of probabilities that are given as logarithms.
///
/// Never underflows: the largest value is taken out first. One value comes back unchanged.
/// @return -inf for no values, or when all are -inf; NaN when one is NaN.
double log_sum_exp(std::span<const double> values);

/// Shifts log-probabilities in place so that the probabilities sum to one (log-softmax).
///
/// When all are -inf nothing tells them apart, and each becomes log(1/n). When one is NaN or +inf
/// the distribution is undefined, and all become NaN.
void log_normalise(std::span<double> values);

}  // namespace prospect
