#pragma once

#include <cstdint>

#include "scoring/description.h"
#include "scoring/layers/linear.h"

namespace prospect {

/// The part of DeBERTa's scores that knows relative positions.
///
/// A key's and a query's content each meet the other's relative position, whose rows are projected
/// once, when the model is opened.
class DisentangledScores {
 public:
  DisentangledScores() = default;
  /// @param positions  rows of the relative positions. [2 span, D]
  /// @param query, key  the layer's projections of positions.
  DisentangledScores(const Disentangled& description, const at::Tensor& positions,
                     const Linear& query, const Linear& key, std::int64_t num_heads);

  /// What is added to the scores of one row's queries, before they are scaled. [H, Q, T]
  /// @param queries  [Q, H d]. @param keys  [T, H d].
  /// @param first    position of the first query; the others follow it.
  at::Tensor operator()(const at::Tensor& queries, const at::Tensor& keys,
                        std::int64_t first) const;

 private:
  Disentangled description_;
  std::int64_t num_heads_ = 0;
  at::Tensor position_keys_, position_queries_;  ///< [H, d, 2 span]
};

/// DeBERTa's bucket of a distance between query and key: exact for small ones, by logarithm beyond.
std::int64_t log_bucket(std::int64_t distance, const Disentangled& description);

}  // namespace prospect
