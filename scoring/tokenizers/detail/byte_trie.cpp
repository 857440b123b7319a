#include "scoring/tokenizers/detail/byte_trie.h"

#include <bit>
#include <utility>

namespace prospect::tokenizers {

bool ByteTrie::insert(std::string_view key, std::uint32_t value) {
  std::uint32_t node = root();
  for (const char c : key) {
    const auto byte = static_cast<unsigned char>(c);
    std::uint32_t next = child(node, byte);
    if (next == kNone) {
      if (2 * (values_.size() + 1) > slots_.size()) grow(2 * slots_.size());
      next = static_cast<std::uint32_t>(values_.size());
      values_.push_back(kNone);
      const std::uint64_t edge = (std::uint64_t{node} << 8U) | byte;
      std::size_t slot = slot_of(edge);
      while (slots_[slot].node != kNone) slot = (slot + 1) & mask_;
      slots_[slot] = {edge, next};
    }
    node = next;
  }
  if (values_[node] != kNone) return false;
  values_[node] = value;
  return true;
}

std::optional<std::uint32_t> ByteTrie::find(std::string_view key) const {
  std::uint32_t node = root();
  for (const char c : key) {
    node = child(node, static_cast<unsigned char>(c));
    if (node == kNone) return std::nullopt;
  }
  if (values_[node] == kNone) return std::nullopt;
  return values_[node];
}

void ByteTrie::grow(std::size_t num_slots) {
  const auto old = std::exchange(slots_, std::vector<Slot>(num_slots));
  mask_ = num_slots - 1;
  shift_ = 64U - static_cast<unsigned>(std::countr_zero(num_slots));
  for (const Slot& entry : old) {
    if (entry.node == kNone) continue;
    std::size_t slot = slot_of(entry.edge);
    while (slots_[slot].node != kNone) slot = (slot + 1) & mask_;
    slots_[slot] = entry;
  }
}

}  // namespace prospect::tokenizers
