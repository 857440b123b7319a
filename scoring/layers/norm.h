#pragma once

#include <string>

#include "scoring/checkpoint/parameters.h"
#include "scoring/description.h"
#include "scoring/torch.h"

namespace prospect {

/// Normalisation of each row, or of each head in it.
struct Norm {
  at::Tensor scale, shift;  ///< [D]; one that is undefined is none
  NormKind kind = NormKind::layer;
  double epsilon = 0;

  at::Tensor operator()(const at::Tensor& x) const;  ///< [.., D]
};

/// `name.scale` and `name.shift`, as far as the family has them.
Norm get_norm(const Parameters& parameters, const std::string& name, NormKind kind, double epsilon);

}  // namespace prospect
