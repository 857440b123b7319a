#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/template.h"

namespace prospect {

/// Rows of tokens for one forward pass: ragged, one after the other, without padding.
struct TokenBatch {
  std::vector<TokenId> ids;              ///< [N]
  std::vector<std::int32_t> offsets{0};  ///< [R + 1]: row r is [offsets[r], offsets[r + 1]).
  std::vector<std::int32_t> type_ids;    ///< [N]
  std::vector<std::int32_t> wanted;      ///< Positions in [0, N) whose outputs are asked for,
                                         ///< ascending.

  std::size_t num_rows() const { return offsets.size() - 1; }

  /// Appends a row. @param positions  what is wanted of it, counted from its start, ascending.
  void add_row(std::span<const TokenId> row, std::span<const std::int32_t> types,
               std::span<const std::uint32_t> positions);
};

}  // namespace prospect
