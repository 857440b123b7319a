#pragma once

#include <cstdint>
#include <vector>

#include "scoring/layers/linear.h"
#include "scoring/torch.h"

namespace prospect {

/// Multi-head attention of every token to all tokens of its row.
///
/// The products that mix tokens have the size of one row, so that they see nothing of its company;
/// fused CPU kernels are avoided, since without MKL they are slower than plain products.
class Attention {
 public:
  /// Reads `prefix.query`, `.key`, `.value`, `.mix`.
  Attention(const Parameters& parameters, const std::string& prefix, std::int64_t num_heads);

  /// For every token. `x` [whole blocks, D]; the first rows are the tokens, `lengths` of each row.
  /// @return [whole blocks, D], before the mixing product.
  at::Tensor operator()(const at::Tensor& x, const std::vector<std::int64_t>& lengths) const;

  /// For wanted tokens alone. Each is computed by itself, whatever else is wanted of its row.
  /// @param queries  rows of `x` that are wanted, padded to whole blocks. [whole blocks, D]
  /// @param rows     the row (index into `lengths`) of each wanted token.
  at::Tensor at_wanted(const at::Tensor& x, const std::vector<std::int64_t>& lengths,
                       const at::Tensor& queries, const std::vector<std::int64_t>& rows) const;

  /// The product that mixes the heads' results. One block.
  at::Tensor mix(const at::Tensor& context) const { return mix_(context); }

 private:
  std::int64_t num_heads_;
  Linear joint_;  ///< Query, key and value side by side. [D, 3D]
  Linear mix_;
};

}  // namespace prospect
