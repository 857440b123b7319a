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

  ForwardPass begin(RowLayout rows, std::vector<WantedToken> wanted, const Memory* memory) const;

  /// For all tokens.
  Blocks operator()(Blocks x, ForwardPass& pass) const;
  /// For the wanted tokens alone.
  Blocks at_wanted(Blocks x, ForwardPass& pass) const;

 private:
  Blocks through(Blocks x, ForwardPass& pass, std::size_t count) const;
  Blocks finish(Blocks x) const;

  StackDescription description_;
  std::vector<TransformerLayer> layers_;
  std::optional<Norm> norm_;
  std::optional<Convolution> convolution_;
  at::Tensor buckets_;  // [count, H]
};

}  // namespace prospect
