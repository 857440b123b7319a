#pragma once

#include <string>

#include "scoring/checkpoint/parameters.h"
#include "scoring/torch.h"

namespace prospect {

/// x W + b.
struct Linear {
  at::Tensor weight;  ///< [in, out]
  at::Tensor bias;    ///< [out]

  /// Of one block of rows. [kBlockHeight, in] -> [kBlockHeight, out]
  at::Tensor operator()(const at::Tensor& block) const { return at::addmm(bias, block, weight); }
};

/// Layer normalisation over the last dimension.
struct Norm {
  at::Tensor scale, shift;  ///< [D]
  double epsilon = 0;

  at::Tensor operator()(const at::Tensor& x) const {
    return at::layer_norm(x, {x.size(-1)}, scale, shift, epsilon);
  }
};

/// `name.weight` and `name.bias`.
inline Linear get_linear(const Parameters& parameters, const std::string& name) {
  return {parameters.get(name + ".weight"), parameters.get(name + ".bias")};
}

/// `name.scale` and `name.shift`.
inline Norm get_norm(const Parameters& parameters, const std::string& name, double epsilon) {
  return {parameters.get(name + ".scale"), parameters.get(name + ".shift"), epsilon};
}

}  // namespace prospect
