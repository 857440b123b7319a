#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "core/template.h"

namespace prospect::tokenizers {

/// What becomes of two tokens side by side, and how soon.
struct MergeResult {
  std::uint32_t rank = 0;  ///< The least is merged first.
  TokenId id = -1;         ///< Of the token that they become; -1: they are not merged.
};

/// Pairs of tokens -> what they become: a hash table with open addressing, at most half full.
class MergeTable {
 public:
  explicit MergeTable(std::size_t num_pairs)
      : slots_(std::bit_ceil(2 * num_pairs + 2)),
        shift_(64U - static_cast<unsigned>(std::countr_zero(slots_.size()))) {}

  /// A later result of the same pair replaces an earlier one.
  void insert(TokenId left, TokenId right, MergeResult result) {
    Slot& slot = slots_[find_slot(key_of(left, right))];
    slot = {key_of(left, right), result};
  }

  MergeResult find(TokenId left, TokenId right) const {
    return slots_[find_slot(key_of(left, right))].result;
  }

 private:
  static constexpr std::uint64_t kFree = ~std::uint64_t{0};
  struct Slot {
    std::uint64_t key = kFree;
    MergeResult result;
  };

  static std::uint64_t key_of(TokenId left, TokenId right) {
    return (std::uint64_t{static_cast<std::uint32_t>(left)} << 32U) |
           static_cast<std::uint32_t>(right);
  }

  std::size_t find_slot(std::uint64_t key) const {
    auto slot = static_cast<std::size_t>((key * 0x9E3779B97F4A7C15U) >> shift_);
    while (slots_[slot].key != key && slots_[slot].key != kFree)
      slot = (slot + 1) & (slots_.size() - 1);
    return slot;
  }

  std::vector<Slot> slots_;
  unsigned shift_;
};

}  // namespace prospect::tokenizers
