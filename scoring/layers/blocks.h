#pragma once

#include <cstdint>
#include <vector>

#include "scoring/torch.h"

namespace prospect {

/// Every matrix product over tokens runs on this many rows, the last block padded.
///
/// A library picks its path by the shape of a product, and each path rounds in its own way. With
/// one shape for all, a row's numbers are the same bits in every company. 64 rows reach most of the
/// speed of large products and are a multiple of every vector width, so that elementwise operations
/// on a block have no tail that is computed differently.
inline constexpr std::int64_t kBlockHeight = 64;

/// `count` rounded up to whole blocks, at least one.
inline std::int64_t whole_blocks(std::int64_t count) {
  const std::int64_t blocks = (count + kBlockHeight - 1) / kBlockHeight;
  return (blocks == 0 ? 1 : blocks) * kBlockHeight;
}

/// `rows` [n, ...] with zeros appended up to whole blocks.
inline at::Tensor pad_to_blocks(const at::Tensor& rows) {
  const std::int64_t missing = whole_blocks(rows.size(0)) - rows.size(0);
  if (missing == 0) return rows;
  auto shape = rows.sizes().vec();
  shape[0] = missing;
  return at::cat({rows, at::zeros(shape, rows.options())});
}

/// What `function` makes of each block of `rows`, joined again. Row count is a multiple of the
/// block height.
template <class Function>
at::Tensor by_block(const at::Tensor& rows, Function&& function) {
  if (rows.size(0) == kBlockHeight) return function(rows);
  std::vector<at::Tensor> blocks;
  for (const auto& block : rows.split(kBlockHeight)) blocks.push_back(function(block));
  return at::cat(blocks);
}

}  // namespace prospect
