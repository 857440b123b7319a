#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scoring/layers/blocks.h"
#include "scoring/layers/linear.h"

namespace prospect {

/// The rows of a batch, as the layers see them: tokens of each, one after the other.
using RowLengths = std::vector<std::int64_t>;

/// Multi-head attention of every token to all tokens of its row.
///
/// The products that mix tokens have the size of one row, so that they see nothing of its company;
/// fused CPU kernels are avoided, since without MKL they are slower than plain products.
class Attention {
 public:
  /// Reads `prefix.query`, `.key`, `.value`, `.mix`.
  Attention(const Parameters& parameters, const std::string& prefix, std::int64_t num_heads);

  /// For every token, before the mixing product. @return [D, N]
  at::Tensor operator()(const Blocks& x, const RowLengths& lengths) const;

  /// For wanted tokens alone. Each is computed by itself, whatever else is wanted of its row.
  /// @param wanted  columns of `x`. @param rows  the row (index into `lengths`) of each of them.
  /// @return [D, W]
  at::Tensor at_wanted(const Blocks& x, const RowLengths& lengths, const Blocks& wanted,
                       const std::vector<std::int64_t>& rows) const;

  /// The product that mixes the heads' results, of one block.
  at::Tensor mix(const at::Tensor& context) const { return mix_(context); }

 private:
  std::int64_t num_heads_;
  Linear joint_;  ///< Query, key and value above each other. [3D, D]
  Linear mix_;
};

}  // namespace prospect
