#pragma once

#include "scoring/description.h"
#include "scoring/layers/blocks.h"
#include "scoring/layers/linear.h"

namespace prospect {

/// BERT's masked-LM head: a transform, then one output row and one bias per token.
class MaskedLmHead {
 public:
  /// @param embedding  the input embeddings [V, D]: the output rows where they are tied.
  MaskedLmHead(const Parameters& parameters, const Description& description,
               const at::Tensor& embedding);

  /// What the output rows are multiplied with.
  Blocks transform(const Blocks& hidden) const;
  /// [W, D] -> [W, V]
  at::Tensor logits(const at::Tensor& transformed) const;

  const at::Tensor& rows() const { return output_.weight; }  ///< [V, D]
  const at::Tensor& bias() const { return output_.bias; }    ///< [V, 1]

 private:
  Activation activation_;
  Linear dense_, output_;
  Norm norm_;
};

}  // namespace prospect
