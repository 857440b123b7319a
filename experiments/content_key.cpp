#include "experiments/content_key.h"

#include <algorithm>

namespace prospect {
namespace {

// SplitMix64's finaliser (Steele, Lea and Flood 2014): a bijection in which every bit of the input
// moves about half of the output's.
std::uint64_t scramble(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

}  // namespace

// Two lanes that see each word in different ways, the second one also the first lane's past.
void ContentHash::mix(std::uint64_t word) {
  right_ = scramble(right_ + word * 0x9e3779b97f4a7c15 + (left_ << 1));
  left_ = scramble(left_ ^ word);
}

ContentHash& ContentHash::add(std::int64_t value) {
  mix(static_cast<std::uint64_t>(value));
  return *this;
}

ContentHash& ContentHash::add(std::string_view text) {
  mix(text.size());
  for (std::size_t i = 0; i < text.size(); i += 8) {
    std::uint64_t word = 0;
    for (std::size_t j = i; j < std::min(i + 8, text.size()); ++j)
      word = word << 8 | static_cast<unsigned char>(text[j]);
    mix(word);
  }
  return *this;
}

ContentHash& ContentHash::add(std::span<const std::int32_t> values) {
  mix(values.size());
  for (const std::int32_t value : values) mix(static_cast<std::uint32_t>(value));
  return *this;
}

ContentHash& ContentHash::add(std::span<const std::uint32_t> values) {
  mix(values.size());
  for (const std::uint32_t value : values) mix(value);
  return *this;
}

ContentKey ContentHash::key() const {
  return {scramble(left_ + right_), scramble(right_ ^ (left_ >> 7))};
}

}  // namespace prospect
