#pragma once

#include <cstdint>
#include <vector>

namespace prospect {

/// The rows of a batch as the layers see them: tokens of each, one after the other.
struct RowLayout {
  std::vector<std::int64_t> lengths;
  /// The row whose tokens stand before this row's, or -1. It comes earlier, and may continue a row
  /// itself. Causal stacks only.
  std::vector<std::int64_t> parents;
  std::vector<std::int64_t> starts;  ///< Tokens of all rows before it: position of the first token.

  std::size_t size() const { return lengths.size(); }
  std::int64_t num_tokens() const;
  std::int64_t end(std::size_t row) const { return starts[row] + lengths[row]; }
};

/// A token that the last layer is asked for.
struct WantedToken {
  std::int64_t place = 0;     ///< Among all tokens of the batch.
  std::int64_t row = 0;       ///< Of the layout.
  std::int64_t position = 0;  ///< In that row, with what stands before it.
};

}  // namespace prospect
