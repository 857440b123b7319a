#pragma once

#include <cstdint>
#include <vector>

#include "scoring/torch.h"

namespace prospect {

/// Columns of a matrix [D, N], one per token, in blocks of one width: block b is [D, kBlockWidth]
/// and holds kBlockTokens of them between two guards.
///
/// Every matrix product over tokens is `W X` of such a block X. A library picks its path by the
/// shape of a product, and each path rounds in its own way: with one shape for all, a token's
/// numbers are the same bits in every company. Shape alone is not enough. OpenBLAS's kernels for
/// Haswell and Zen sum the first and last eight columns of the result in another order than those
/// between them, hence the guards; and what they do to the *rows* of a result depends on the row's
/// place, hence tokens are columns. The width is a multiple of every vector's, so that elementwise
/// operations on a block have no tail that is computed differently.
using Blocks = std::vector<at::Tensor>;

inline constexpr std::int64_t kBlockWidth = 128, kGuard = 8;
inline constexpr std::int64_t kBlockTokens = kBlockWidth - 2 * kGuard;

/// [D, N] in blocks; guards and what is left of the last block are zeros.
Blocks to_blocks(const at::Tensor& columns);

/// The first `count` tokens of the blocks. [D, count]
at::Tensor from_blocks(const Blocks& blocks, std::int64_t count);

/// What `function` makes of each block.
template <class Function>
Blocks by_block(const Blocks& blocks, Function&& function) {
  Blocks results;
  results.reserve(blocks.size());
  for (const auto& block : blocks) results.push_back(function(block));
  return results;
}

}  // namespace prospect
