#pragma once

#include <optional>
#include <string>

#include "scoring/layers/attend.h"
#include "scoring/layers/disentangled.h"
#include "scoring/layers/forward_pass.h"
#include "scoring/layers/linear.h"
#include "scoring/layers/norm.h"

namespace prospect {

/// Multi-head attention of tokens to tokens of their row, or of an encoder's row.
///
/// The products that mix tokens have the size of one row, or of a chunk of the causal grid and what
/// stands before it, so that they see nothing of their company; fused CPU kernels are avoided,
/// since without MKL they are slower than plain products.
class Attention {
 public:
  /// Reads `prefix.query`, `.key`, `.value` (or all three above each other in `.joint`), `.mix`,
  /// and where the family has them `.query_norm`, `.key_norm`.
  Attention(const Parameters& parameters, const std::string& prefix, const StackDescription& stack,
            const LayerDescription& layer);

  /// Adds DeBERTa's scores. @param positions  rows of the relative positions. [D, 2 span]
  void add_disentangled(const Parameters& parameters, const std::string& prefix,
                        const Disentangled& description, const at::Tensor& positions);

  /// For every token, before the mixing product. @return [H d, N]
  at::Tensor operator()(const Blocks& x, ForwardPass& pass) const;
  /// For the wanted tokens alone: what each reads does not depend on what else is wanted.
  /// @param wanted  their columns. @return [H d, W]
  at::Tensor at_wanted(const Blocks& x, const Blocks& wanted, ForwardPass& pass) const;

  /// Of every token to the encoder's rows. @return [H d, N]
  at::Tensor to_memory(const Blocks& x, const ForwardPass& pass) const;
  at::Tensor to_memory_at_wanted(const Blocks& wanted, const ForwardPass& pass) const;

  /// The product that mixes the heads' results, of one block.
  at::Tensor mix(const at::Tensor& context) const { return mix_(context); }

 private:
  at::Tensor project(const Linear& linear, const std::optional<Norm>& norm,
                     const RotaryBlocks* rotary, const Blocks& x, std::int64_t count) const;
  // Keys and values of each row, contiguous, so that heads lie in memory alike wherever it stands.
  struct RowKeys {
    std::vector<at::Tensor> keys, values;  // [H' d, T]
  };
  RowKeys keys_of(const Blocks& x, const RotaryBlocks* rotary,
                  const std::vector<std::int64_t>& lengths) const;
  at::Tensor queries(const Blocks& x, const RotaryBlocks* rotary, std::int64_t count) const;
  at::Tensor attend_chunks(const at::Tensor& queries, const std::vector<ChunkQueries>& chunks,
                           const Blocks& x, ForwardPass& pass) const;
  at::Tensor attend_memory(const at::Tensor& queries, const std::vector<ChunkQueries>& chunks,
                           const Memory& memory) const;
  at::Tensor added(const at::Tensor& query, const at::Tensor& key, Span span,
                   ForwardPass& pass) const;

  Heads heads_;
  Reading reading_;
  std::optional<std::int64_t> reach_;
  std::optional<std::size_t> rotary_;
  Linear query_, key_, value_, mix_;
  std::optional<Norm> query_norm_, key_norm_;
  std::optional<DisentangledScores> disentangled_;
};

}  // namespace prospect
