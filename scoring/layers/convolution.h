#pragma once

#include <string>
#include <vector>

#include "scoring/layers/blocks.h"
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

  Blocks operator()(const Blocks& x, const Blocks& residual, const RowLayout& rows) const;

 private:
  Activation activation_;
  std::vector<at::Tensor> weights_;  // [D, D] per place
  at::Tensor bias_;                  // [D, 1]
  Norm norm_;
};

}  // namespace prospect
