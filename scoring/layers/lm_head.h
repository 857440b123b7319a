#pragma once

#include <optional>

#include "core/template.h"
#include "scoring/description.h"
#include "scoring/layers/linear.h"
#include "scoring/layers/norm.h"

namespace prospect {

/// From the last layer's output to logits: what BERT calls the transform, or a projection, or
/// nothing, then one output row and perhaps a bias for each token.
class LmHead {
 public:
  /// Reads `head.transform` and `head.norm`, or `head.projection`; `head.output`.
  /// @param embedding  the input embeddings [V, E]: the output rows where they are tied.
  LmHead(const Parameters& parameters, const Description& description, const at::Tensor& embedding);

  /// What the output rows are multiplied with. [W, D] -> [W, E]
  at::Tensor transform(const at::Tensor& hidden, Precision precision) const;
  /// [W, E] -> [W, V], in float32
  at::Tensor logits(const at::Tensor& transformed) const;
  /// The logit of one token, by a product whose order of summation is fixed: a library's would
  /// depend on how many are asked for at once. @param transformed  [E]
  double logit(const float* transformed, TokenId id) const;

  std::int64_t vector_size() const { return output_.in(); }

 private:
  HeadDescription description_;
  std::optional<Linear> dense_, projection_;
  std::optional<Norm> norm_;
  Linear output_;
};

}  // namespace prospect
