#pragma once

#include <optional>
#include <string>
#include <vector>

#include "scoring/layers/convolution.h"
#include "scoring/layers/transformer_layer.h"

namespace prospect {

/// Layers on top of each other, and a norm after the last where the family has one.
class Stack {
 public:
  /// Reads `prefix.layer.{i}`, and where they are described `prefix.norm`, `prefix.buckets`,
  /// `prefix.positions` (with `prefix.positions_norm`) and `prefix.convolution`.
  Stack(const Parameters& parameters, const std::string& prefix, const StackDescription& stack);

  ForwardPass begin(RowLayout rows, std::vector<WantedToken> wanted, const Memory* memory,
                    Precision precision) const;

  /// For all tokens. [N, D] -> [N, D]
  at::Tensor operator()(at::Tensor x, ForwardPass& pass) const;
  /// For the wanted tokens alone. [N, D] -> [W, D]
  at::Tensor at_wanted(at::Tensor x, ForwardPass& pass) const;

 private:
  at::Tensor through(at::Tensor x, ForwardPass& pass, std::size_t count) const;
  at::Tensor finish(const at::Tensor& x) const;

  StackDescription description_;
  std::vector<TransformerLayer> layers_;
  std::optional<Norm> norm_;
  std::optional<Convolution> convolution_;
  at::Tensor buckets_;  // [count, H]
};

}  // namespace prospect
