#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace prospect::tokenizers {

/// A map from byte strings to numbers that finds the longest key at a place of a text.
///
/// A node is a number, and an edge is an entry (node, byte) -> node of one hash table with open
/// addressing: a step costs one probe, and a frequent word's path stays in the processor's cache.
class ByteTrie {
 public:
  static constexpr std::uint32_t kNone = 0xFFFFFFFFU;

  struct Match {
    std::size_t length = 0;
    std::uint32_t value = kNone;  ///< `kNone`: no key matches.
  };

  ByteTrie() : values_(1, kNone) { grow(1U << 10U); }

  /// Adds a key with a value below `kNone`. A key that is there keeps its value; then the result is
  /// false.
  bool insert(std::string_view key, std::uint32_t value);

  /// The value of exactly `key`.
  std::optional<std::uint32_t> find(std::string_view key) const;

  /// The longest key that starts at `offset`; an empty key never matches.
  Match longest(std::string_view text, std::size_t offset) const {
    Match best;
    std::uint32_t node = 0;
    for (std::size_t i = offset; i < text.size(); ++i) {
      node = child(node, static_cast<unsigned char>(text[i]));
      if (node == kNone) break;
      if (values_[node] != kNone) best = {i + 1 - offset, values_[node]};
    }
    return best;
  }

  /// The root of the walk that `child` continues; `value` is `kNone` where no key ends.
  static constexpr std::uint32_t root() { return 0; }
  std::uint32_t value(std::uint32_t node) const { return values_[node]; }

  std::uint32_t child(std::uint32_t node, unsigned char byte) const {
    const std::uint64_t edge = (std::uint64_t{node} << 8U) | byte;
    for (std::size_t slot = slot_of(edge);; slot = (slot + 1) & mask_) {
      const Slot& entry = slots_[slot];
      if (entry.edge == edge) return entry.node;
      if (entry.node == kNone) return kNone;
    }
  }

 private:
  struct Slot {
    std::uint64_t edge = ~std::uint64_t{0};
    std::uint32_t node = kNone;
  };

  std::size_t slot_of(std::uint64_t edge) const {
    return static_cast<std::size_t>((edge * 0x9E3779B97F4A7C15U) >> shift_);
  }
  void grow(std::size_t num_slots);

  std::vector<Slot> slots_;            // a power of two, at most half full
  std::vector<std::uint32_t> values_;  // one per node
  std::size_t mask_ = 0;
  unsigned shift_ = 0;
};

}  // namespace prospect::tokenizers
