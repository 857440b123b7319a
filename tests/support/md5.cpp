#include "tests/support/md5.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>

namespace prospect::test {
namespace {

using State = std::array<std::uint32_t, 4>;

// The left rotations of the four rounds.
constexpr int kRotations[4][4] = {
    {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

std::uint32_t word_at(std::string_view block, std::size_t index) {
  std::uint32_t word = 0;
  for (std::size_t byte = 4; byte-- > 0;)
    word = (word << 8U) | static_cast<unsigned char>(block[4 * index + byte]);
  return word;
}

void add_block(State& state, std::string_view block) {
  auto [a, b, c, d] = state;
  for (std::uint32_t i = 0; i < 64; ++i) {
    const std::uint32_t round = i / 16;
    std::uint32_t mixed = 0, index = 0;
    switch (round) {
      case 0:
        mixed = (b & c) | (~b & d);
        index = i;
        break;
      case 1:
        mixed = (d & b) | (~d & c);
        index = (5 * i + 1) % 16;
        break;
      case 2:
        mixed = b ^ c ^ d;
        index = (3 * i + 5) % 16;
        break;
      default:
        mixed = c ^ (b | ~d);
        index = (7 * i) % 16;
    }
    const auto constant = static_cast<std::uint32_t>(std::abs(std::sin(i + 1.0)) * 0x1.0p32);
    const std::uint32_t sum = a + mixed + constant + word_at(block, index);
    a = d;
    d = c;
    c = b;
    b += std::rotl(sum, kRotations[round][i % 4]);
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
}

}  // namespace

std::string md5(std::string_view bytes) {
  std::string padded(bytes);
  padded += '\x80';
  while (padded.size() % 64 != 56) padded += '\0';
  const std::uint64_t bits = 8 * static_cast<std::uint64_t>(bytes.size());
  for (int shift = 0; shift < 64; shift += 8) padded += static_cast<char>((bits >> shift) & 0xFFU);

  State state{0x67452301U, 0xefcdab89U, 0x98badcfeU, 0x10325476U};
  for (std::size_t at = 0; at < padded.size(); at += 64)
    add_block(state, std::string_view(padded).substr(at, 64));

  std::string digits;
  for (const auto word : state) {
    for (int shift = 0; shift < 32; shift += 8) {
      char pair[3];
      std::snprintf(pair, sizeof pair, "%02x", (word >> shift) & 0xFFU);
      digits += pair;
    }
  }
  return digits;
}

}  // namespace prospect::test
