#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "scoring/description.h"
#include "scoring/layers/encoder_layer.h"
#include "scoring/layers/masked_lm_head.h"
#include "scoring/token_batch.h"

namespace prospect {

/// The forward pass of a masked LM over shared layers. Const once made, and shared by all threads.
///
/// A token's outputs depend on its own row alone, bit for bit: see `Blocks`. All functions build an
/// autograd graph where the input rows require a gradient and the thread is not in inference mode.
/// ```
/// const at::Tensor rows = lm.input_rows(batch);               // [N, D]
/// const at::Tensor vectors = lm.output_vectors(batch, rows);  // [W, D]
/// const at::Tensor logits = lm.logits(vectors);               // [W, V]
/// ```
class PretrainedLM {
 public:
  PretrainedLM(const Parameters& parameters, const Description& description);

  const Description& description() const { return description_; }

  /// Checks that a row can be computed. @return empty, or why not.
  std::string fault_of(std::span<const TokenId> ids, std::span<const std::int32_t> type_ids) const;

  /// The embedding rows of the batch's tokens. [N, D]
  at::Tensor input_rows(const TokenBatch& batch) const;

  /// What the output rows are multiplied with, at the wanted positions in order. [W, D]
  /// @param batch       with at least one wanted position.
  /// @param input_rows  in place of the tokens' embeddings. [N, D]
  at::Tensor output_vectors(const TokenBatch& batch, const at::Tensor& input_rows) const;

  /// [W, D] -> [W, V]
  at::Tensor logits(const at::Tensor& output_vectors) const { return head_.logits(output_vectors); }

  /// Rows that went through the model so far.
  std::int64_t num_rows_run() const { return num_rows_run_; }

  const at::Tensor& embedding() const { return embedding_; }      ///< [V, D]
  const at::Tensor& output_rows() const { return head_.rows(); }  ///< [V, D]
  const at::Tensor& output_bias() const { return head_.bias(); }  ///< [V, 1]

 private:
  Blocks embed(const TokenBatch& batch, const at::Tensor& input_rows) const;

  Description description_;
  at::Tensor embedding_, positions_, segments_;  ///< [V, D], [P, D], [S, D]
  at::Tensor norm_scale_, norm_shift_;           ///< [D]
  std::vector<EncoderLayer> layers_;
  MaskedLmHead head_;
  mutable std::atomic<std::int64_t> num_rows_run_{0};
};

}  // namespace prospect
