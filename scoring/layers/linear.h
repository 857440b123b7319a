#pragma once

#include <string>

#include "scoring/checkpoint/parameters.h"
#include "scoring/torch.h"

namespace prospect {

/// scale (W X + b), of one block of columns.
struct Linear {
  at::Tensor weight;  ///< [out, in]
  at::Tensor bias;    ///< [out, 1]; undefined: none
  double scale = 1;

  at::Tensor operator()(const at::Tensor& block) const {
    if (bias.defined()) return at::addmm(bias, weight, block, scale, scale);
    const at::Tensor product = at::mm(weight, block);
    return scale == 1 ? product : product * scale;
  }
  /// Rows [first, first + count) of the same.
  Linear rows(std::int64_t first, std::int64_t count) const {
    return {weight.narrow(0, first, count),
            bias.defined() ? bias.narrow(0, first, count) : at::Tensor(), scale};
  }
};

/// `name.weight` and, where the family has one, `name.bias`.
inline Linear get_linear(const Parameters& parameters, const std::string& name) {
  return {parameters.get(name + ".weight"), parameters.has(name + ".bias")
                                                ? parameters.get(name + ".bias").unsqueeze(1)
                                                : at::Tensor()};
}

}  // namespace prospect
