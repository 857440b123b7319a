#pragma once

#include "scoring/description.h"
#include "scoring/layers/linear.h"

namespace prospect {

/// BERT's masked-LM head: a transform, then one output row and one bias per token.
class MaskedLmHead {
 public:
  /// @param embedding  the input embeddings [V, D]: the output rows where they are tied.
  MaskedLmHead(const Parameters& parameters, const Description& description,
               const at::Tensor& embedding);

  /// What the output rows are multiplied with. [whole blocks, D] -> [whole blocks, D]
  at::Tensor transform(const at::Tensor& hidden) const;
  /// [whole blocks, D] -> [whole blocks, V]
  at::Tensor logits(const at::Tensor& transformed) const;

  const at::Tensor& rows() const { return rows_; }  ///< [V, D]
  const at::Tensor& bias() const { return bias_; }  ///< [V]

 private:
  Activation activation_;
  Linear dense_;
  Norm norm_;
  at::Tensor rows_, bias_;
};

}  // namespace prospect
