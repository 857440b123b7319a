#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/matrix.h"
#include "search/strategy.h"

namespace prospect {

/// What moves continuous vectors along a gradient.
///
/// `adamw`: Loshchilov and Hutter 2019, with 0.9, 0.999 and 1e-8. `adafactor`: Shazeer and Stern
/// 2018, without momentum and relative steps; updates are clipped to a root mean square of 1, the
/// decay is 1 - t^-0.8. `sgd`: the gradient as it is. All but sgd are indifferent to the loss's
/// scale.
class Optimiser {
 public:
  Optimiser(std::string kind, double learning_rate, double weight_decay)
      : kind_(std::move(kind)), learning_rate_(learning_rate), weight_decay_(weight_decay) {}

  /// Moves `vectors` [S, D] one step against `gradient` [S, D].
  void step(MatrixXf& vectors, const MatrixXf& gradient);
  void reset();

  /// What it remembers of the steps so far. Moments are empty before the first; of adafactor they
  /// are row means [S, 1] and column means [1, D].
  struct Memory {
    std::int64_t step = 0;
    MatrixXf first, second;
  };
  const Memory& memory() const { return memory_; }
  void restore(Memory memory) { memory_ = std::move(memory); }

  Json to_json() const;
  void read(const Json& json);

 private:
  MatrixXf adam_update(const MatrixXf& gradient);
  MatrixXf adafactor_update(const MatrixXf& gradient);

  std::string kind_;
  double learning_rate_, weight_decay_;
  Memory memory_;
};

/// A matrix as `{"rows", "cols", "data"}`, and back, bit for bit.
Json matrix_to_json(const MatrixXf& matrix);
MatrixXf matrix_from_json(const Json& json);

/// A matrix's numbers as bytes, for what would be long as JSON, and back.
std::vector<std::byte> matrix_to_bytes(const MatrixXf& matrix);
/// @throws Error (internal) where there are not `rows` x `cols` numbers.
MatrixXf matrix_from_bytes(std::span<const std::byte> bytes, Eigen::Index rows, Eigen::Index cols);

}  // namespace prospect
