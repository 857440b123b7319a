#include "scoring/layers/blocks.h"

#include <algorithm>

namespace prospect {

Blocks to_blocks(const at::Tensor& columns) {
  Blocks blocks;
  for (const auto& part : columns.split(kBlockTokens, 1))
    blocks.push_back(at::constant_pad_nd(part, {kGuard, kBlockWidth - kGuard - part.size(1)}));
  return blocks;
}

at::Tensor from_blocks(const Blocks& blocks, std::int64_t count) {
  std::vector<at::Tensor> parts;
  for (const auto& block : blocks) {
    parts.push_back(block.narrow(1, kGuard, std::min(count, kBlockTokens)));
    count -= parts.back().size(1);
  }
  return at::cat(parts, 1);
}

}  // namespace prospect
