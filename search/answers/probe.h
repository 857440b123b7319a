#pragma once

#include <cstdint>
#include <span>

#include "core/matrix.h"

namespace prospect {

/// Multinomial logistic regression: p(label | x) is the softmax of `weights` x + `bias`.
struct LinearProbe {
  MatrixXd weights;  ///< [K, D]
  VectorXd bias;     ///< [K]
};

/// Fits a probe by Nesterov's accelerated gradient from zero, so that it is a function of its input
/// alone: the mean cross-entropy plus `decay` / 2 times the squared weights is made small in
/// `steps` steps. Rows with the label -1 are passed over.
/// @param vectors  [R, D]
/// Source: the first step of AutoPrompt's label-word search (Shin et al. 2020, sec. 3.2).
LinearProbe fit_probe(const MatrixXf& vectors, std::span<const std::int32_t> labels,
                      std::size_t num_labels, double decay, std::int64_t steps);

}  // namespace prospect
