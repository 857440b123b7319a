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
  /// The row whose tokens stand before row r's, or -1: a prefix that several rows share. Only for
  /// causal LMs. [R]
  std::vector<std::int32_t> parents;

  /// What an encoder-decoder writes, as the rows above: target row t reads row `sources[t]`.
  std::vector<TokenId> target_ids;
  std::vector<std::int32_t> target_offsets{0}, sources;

  /// Positions whose outputs are asked for, ascending: in [0, N), or among the target tokens.
  std::vector<std::int32_t> wanted;

  std::size_t num_rows() const { return offsets.size() - 1; }

  /// Appends a row. @param positions  what is wanted of it, counted from its own first token,
  /// ascending; nothing for an encoder-decoder, which is asked of its targets.
  /// @return its number.
  std::int32_t add_row(std::span<const TokenId> row, std::span<const std::int32_t> types,
                       std::span<const std::uint32_t> positions, std::int32_t parent = -1);
  /// Appends a target of a source row.
  void add_target(std::int32_t source, std::span<const TokenId> target,
                  std::span<const std::uint32_t> positions);
};

}  // namespace prospect
