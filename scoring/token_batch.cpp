#include "scoring/token_batch.h"

namespace prospect {

std::int32_t TokenBatch::add_row(std::span<const TokenId> row, std::span<const std::int32_t> types,
                                 std::span<const std::uint32_t> positions, std::int32_t parent) {
  const std::int32_t start = offsets.back();
  ids.insert(ids.end(), row.begin(), row.end());
  type_ids.insert(type_ids.end(), types.begin(), types.end());
  offsets.push_back(start + static_cast<std::int32_t>(row.size()));
  parents.push_back(parent);
  for (const std::uint32_t position : positions)
    wanted.push_back(start + static_cast<std::int32_t>(position));
  return static_cast<std::int32_t>(num_rows()) - 1;
}

void TokenBatch::add_target(std::int32_t source, std::span<const TokenId> target,
                            std::span<const std::uint32_t> positions) {
  const std::int32_t start = target_offsets.back();
  target_ids.insert(target_ids.end(), target.begin(), target.end());
  target_offsets.push_back(start + static_cast<std::int32_t>(target.size()));
  sources.push_back(source);
  for (const std::uint32_t position : positions)
    wanted.push_back(start + static_cast<std::int32_t>(position));
}

}  // namespace prospect
