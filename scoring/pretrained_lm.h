#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "scoring/description.h"
#include "scoring/layers/embedding.h"
#include "scoring/layers/lm_head.h"
#include "scoring/layers/stack.h"
#include "scoring/model.h"
#include "scoring/prompt.h"
#include "scoring/token_batch.h"

namespace prospect {

/// The forward pass of a language model over shared layers: masked, causal, or encoder-decoder.
/// Const once made, and shared by all threads.
///
/// Without gradients a token's outputs depend on its own row alone, bit for bit: see `kBlockRows`.
/// All functions build an autograd graph where the input rows require a gradient and the thread is
/// not in inference mode.
/// ```
/// const at::Tensor rows = lm.input_rows(batch);               // [N, E]
/// const at::Tensor vectors = lm.output_vectors(batch, rows);  // [W, E']
/// const at::Tensor logits = lm.logits(vectors);               // [W, V]
/// ```
/// What stands at a position of a causal LM, or of an encoder-decoder's target, tells of the *next*
/// token; at a position of a masked LM, of that token.
class PretrainedLM {
 public:
  PretrainedLM(const Parameters& parameters, const Description& description, ModelKind kind);

  const Description& description() const { return description_; }
  ModelKind kind() const { return kind_; }

  /// Checks that a row, with an encoder-decoder's target, can be computed. @return empty, or why
  /// not.
  std::string fault_of(const Prompt& prompt) const;
  /// The same of what is read alone.
  std::string fault_of(std::span<const TokenId> ids, std::span<const std::int32_t> type_ids) const;

  /// Whether rows of this length may share what was computed of their common beginning.
  bool shares_prefixes(std::size_t length) const;

  /// The embedding rows of the batch's tokens (of an encoder-decoder's sources). [N, E]
  at::Tensor input_rows(const TokenBatch& batch) const { return embedding_.rows(batch.ids); }

  /// What the output rows are multiplied with, at the wanted positions in order. [W, E']
  /// @param batch       with at least one wanted position.
  /// @param input_rows  in place of the tokens' embeddings. [N, E]
  /// @param precision   of the products; with gradients float32 alone.
  at::Tensor output_vectors(const TokenBatch& batch, const at::Tensor& input_rows,
                            Precision precision = Precision::float32) const;

  /// [W, E'] -> [W, V]
  at::Tensor logits(const at::Tensor& output_vectors) const { return head_.logits(output_vectors); }
  /// One logit of one output vector [E'].
  double logit(const float* output_vector, TokenId id) const {
    return head_.logit(output_vector, id);
  }
  std::int64_t vector_size() const { return head_.vector_size(); }  ///< E'

  /// Rows that went through the model so far.
  std::int64_t num_rows_run() const { return num_rows_run_; }

  const at::Tensor& embedding() const { return embedding_.table(); }  ///< [V, E]

 private:
  std::string ids_fault(std::span<const TokenId> ids, std::int64_t vocab_size) const;

  Description description_;
  ModelKind kind_;
  Embedding embedding_;
  Stack stack_;
  std::optional<Embedding> target_embedding_;
  std::optional<Stack> decoder_;
  LmHead head_;
  mutable std::atomic<std::int64_t> num_rows_run_{0};
};

}  // namespace prospect
