#include "scoring/token_batch.h"

namespace prospect {

void TokenBatch::add_row(std::span<const TokenId> row, std::span<const std::int32_t> types,
                         std::span<const std::uint32_t> positions) {
  const std::int32_t start = offsets.back();
  ids.insert(ids.end(), row.begin(), row.end());
  type_ids.insert(type_ids.end(), types.begin(), types.end());
  offsets.push_back(start + static_cast<std::int32_t>(row.size()));
  for (const std::uint32_t position : positions)
    wanted.push_back(start + static_cast<std::int32_t>(position));
}

}  // namespace prospect
