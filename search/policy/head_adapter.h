#pragma once

#include <cstdint>

#include "core/matrix.h"
#include "core/rng.h"

namespace prospect {

/// RLPrompt's policy network: one hidden layer between a frozen LM's last hidden state and its own
/// output rows. z = W2 max(0, W1 h + b1) + b2.
///
/// All parameters lie in one row, in the order W1 [H, D], b1 [H], W2 [D, H], b2 [D], so that an
/// optimiser, a target copy and a saved state see one matrix.
/// Source: Deng et al. 2022, sec. 3.2.
class HeadAdapter {
 public:
  /// Starts with weights uniform by Xavier's rule times `gain`, and biases of -1e-4: with the
  /// published gain of 1e-4 the head sees almost nothing at first, and every token is about as
  /// likely as the head's own bias says.
  HeadAdapter(std::int64_t size, std::int64_t hidden, double gain, Rng& rng);

  /// [N, D] -> [N, D]
  MatrixXf forward(const MatrixXf& states) const;
  /// The gradient of a loss with respect to the parameters, from that with respect to
  /// `forward(states)`. [1, P]
  MatrixXf backward(const MatrixXf& states, const MatrixXf& at_outputs) const;

  MatrixXf& parameters() { return parameters_; }  ///< [1, P]
  const MatrixXf& parameters() const { return parameters_; }

 private:
  using Weights = Eigen::Map<const MatrixXf>;
  using Biases = Eigen::Map<const Eigen::RowVectorXf>;

  Weights first() const { return {parameters_.data(), hidden_, size_}; }
  Biases first_bias() const { return {parameters_.data() + hidden_ * size_, hidden_}; }
  Weights second() const { return {parameters_.data() + hidden_ * (size_ + 1), size_, hidden_}; }
  Biases second_bias() const { return {parameters_.data() + hidden_ * (2 * size_ + 1), size_}; }
  MatrixXf hidden_of(const MatrixXf& states) const;

  Eigen::Index size_, hidden_;
  MatrixXf parameters_;
};

}  // namespace prospect
