#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace prospect {

/// Spearman's rank correlation; equal values share the mean of their ranks. 0 where fewer than two
/// pairs are numbers, or one side is constant. Pairs with a NaN or an infinity are left out.
double rank_correlation(std::span<const double> a, std::span<const double> b);

/// How many of `num_candidates` the searched model scores after a probe (probe sampling, Zhao et
/// al. 2024, as in nanoGCG): max(1, (1 - agreement) n / reduction), agreement = (1 + rho) / 2.
std::size_t num_after_probe(double correlation, std::size_t num_candidates, std::size_t reduction);

/// The indices of the `count` highest scores, highest first, equal ones by index; NaN last.
std::vector<std::size_t> best_indices(std::span<const double> scores, std::size_t count);

}  // namespace prospect
