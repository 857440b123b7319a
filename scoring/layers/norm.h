#pragma once

#include <string>

#include "scoring/checkpoint/parameters.h"
#include "scoring/description.h"
#include "scoring/torch.h"

namespace prospect {

/// Normalisation along one dimension: of each column of a block, or of each head in it.
///
/// Written out, since the library's own normalises rows. All steps are elementwise or sums down a
/// column.
struct Norm {
  at::Tensor scale, shift;  ///< [D, 1]; one that is undefined is none
  NormKind kind = NormKind::layer;
  double epsilon = 0;

  at::Tensor operator()(const at::Tensor& x) const {
    const std::int64_t dimension = x.dim() - 2;
    const at::Tensor centred = kind == NormKind::layer ? x - x.mean(dimension, true) : x;
    const at::Tensor size = at::sqrt((centred * centred).mean(dimension, true) + epsilon);
    at::Tensor result = centred / size;
    if (scale.defined()) result = result * scale;
    return shift.defined() ? result + shift : result;
  }
};

/// `name.scale` and `name.shift`, as far as the family has them.
inline Norm get_norm(const Parameters& parameters, const std::string& name, NormKind kind,
                     double epsilon) {
  const auto column = [&](const char* part) {
    return parameters.has(name + part) ? parameters.get(name + part).unsqueeze(1) : at::Tensor();
  };
  return {column(".scale"), column(".shift"), kind, epsilon};
}

}  // namespace prospect
