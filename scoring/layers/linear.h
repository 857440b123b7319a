#pragma once

#include <string>

#include "scoring/checkpoint/parameters.h"
#include "scoring/torch.h"

namespace prospect {

/// W X + b, of one block of columns.
struct Linear {
  at::Tensor weight;  ///< [out, in]
  at::Tensor bias;    ///< [out, 1]

  at::Tensor operator()(const at::Tensor& block) const { return at::addmm(bias, weight, block); }
};

/// Layer normalisation of each column.
///
/// Written out, since the library's own normalises rows. All steps are elementwise or sums down a
/// column.
struct Norm {
  at::Tensor scale, shift;  ///< [D, 1]
  double epsilon = 0;

  at::Tensor operator()(const at::Tensor& block) const {
    const at::Tensor centred = block - block.mean(0, true);
    const at::Tensor deviation = at::sqrt((centred * centred).mean(0, true) + epsilon);  // [1, N]
    return centred / deviation * scale + shift;
  }
};

/// `name.weight` and `name.bias`.
inline Linear get_linear(const Parameters& parameters, const std::string& name) {
  return {parameters.get(name + ".weight"), parameters.get(name + ".bias").unsqueeze(1)};
}

/// `name.scale` and `name.shift`.
inline Norm get_norm(const Parameters& parameters, const std::string& name, double epsilon) {
  return {parameters.get(name + ".scale").unsqueeze(1),
          parameters.get(name + ".shift").unsqueeze(1), epsilon};
}

}  // namespace prospect
