#pragma once

#include <span>

namespace prospect {

/// The mean paired difference of `a` over `b` in standard errors; 0 where there are fewer than two
/// pairs, an infinity where all differences are equal.
double paired_lead(std::span<const double> a, std::span<const double> b);

}  // namespace prospect
