#pragma once

#include <string>

#include "scoring/description.h"
#include "scoring/layers/linear.h"

namespace prospect {

/// The net that every token goes through by itself: outer(f(inner(x))), or, gated,
/// outer(f(gate(x)) * inner(x)) (Shazeer, "GLU Variants Improve Transformer", 2020).
class FeedForward {
 public:
  /// Reads `prefix.inner`, `.outer`, and gated `.gate`, or gate and inner above each other in
  /// `.gate_inner`. @param adds  whether another matrix is added to the result.
  FeedForward(const Parameters& parameters, const std::string& prefix,
              const StackDescription& stack, bool adds);

  /// @param x  [n, D] @param other  what is added. [n, D]
  at::Tensor operator()(const at::Tensor& x, Precision precision,
                        const at::Tensor& other = {}) const;

 private:
  at::Tensor inner(const at::Tensor& x, Precision precision) const;

  Linear inner_, outer_;
  Linear gate_;  // without a weight: none
};

}  // namespace prospect
