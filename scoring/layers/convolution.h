#pragma once

#include <string>
#include <vector>

#include "scoring/layers/linear.h"
#include "scoring/layers/norm.h"
#include "scoring/layers/row_layout.h"

namespace prospect {

/// A convolution over the tokens of each row, added to another path and normalised (DeBERTa-v2's
/// xlarge models): norm(residual + f(sum over j of W_j x[t + j - middle] + b)).
class Convolution {
 public:
  /// Reads `prefix.weight` [D, D, width], `prefix.bias`, `prefix.norm`.
  Convolution(const Parameters& parameters, const std::string& prefix, Activation activation,
              double epsilon);

  /// @param x, residual  [N, D]
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& residual, const RowLayout& rows,
                        Precision precision) const;

 private:
  Activation activation_;
  std::vector<Linear> taps_;  // per place; the first has the bias, the others add to the sum
  Norm norm_;
};

}  // namespace prospect
