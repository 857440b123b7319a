#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/rng.h"

namespace prospect {

/// Two-sided p-value of the exact McNemar test: may two candidates be equally often right?
///
/// Examples on which both are right or both are wrong say nothing. Under the hypothesis each of the
/// others falls to either side like a fair coin, so that the p-value is twice the smaller tail of
/// Binomial(only_a + only_b, 1/2), at most 1. It is exact for any number of examples and never too
/// small. Source: McNemar 1947; the exact form after Edwards 1948, without mid-p.
/// @param only_a  examples that the first alone has right; `only_b` those of the second alone.
/// @return        1 where the two never differ.
double mcnemar_exact(std::size_t only_a, std::size_t only_b);

/// Two-sided p-value of the paired permutation test: is the mean of `differences` zero, if each of
/// them might as well have the other sign?
///
/// It needs no distribution and serves any value that is a mean over examples, such as a
/// log-likelihood. Differences of zero say nothing. Up to `kMostEnumerated` others all patterns of
/// signs are counted; beyond that `num_samples` are drawn, and the observed one is counted among
/// them, so that the p-value is valid and at least 1 / (num_samples + 1). Of differences that are
/// -1, 0 or 1 the enumerated p-value is McNemar's.
/// Source: Fisher 1935; the count of the observed pattern after Phipson and Smyth 2010.
/// @return  1 where all are zero; NaN where one is NaN or infinite.
double sign_flip_test(std::span<const double> differences, Rng& rng,
                      std::size_t num_samples = 10'000);
inline constexpr std::size_t kMostEnumerated = 14;

/// Adjusts p-values of several tests, so that the chance of any false rejection (the family-wise
/// error) is at most the level they are held against, whatever their dependence.
///
/// The p-values in ascending order are multiplied by m, m - 1, ..., 1 and made not to fall.
/// Source: Holm 1979.
/// @param p_values  a NaN is no test: it stays NaN and does not count.
/// @return          in the order of `p_values`, at most 1 each.
std::vector<double> holm(std::span<const double> p_values);

}  // namespace prospect
