#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace prospect {

/// 128 bits that name a content: two that differ have different keys, but for a chance of about
/// 2^-128 for each pair. The same on every machine.
using ContentKey = std::array<std::uint64_t, 2>;

/// Makes a key of values, in order. What is added is marked by its length, so that parts cannot run
/// into each other.
class ContentHash {
 public:
  ContentHash& add(std::int64_t value);
  ContentHash& add(std::string_view text);
  ContentHash& add(std::span<const std::int32_t> values);
  ContentHash& add(std::span<const std::uint32_t> values);

  ContentKey key() const;

 private:
  void mix(std::uint64_t word);

  std::uint64_t left_ = 0x243f6a8885a308d3, right_ = 0x13198a2e03707344;  // digits of pi
};

}  // namespace prospect
