#include "scoring/tokenizers/detail/byte_characters.h"

#include <array>
#include <charconv>

#include "scoring/tokenizers/detail/utf8.h"

namespace prospect::tokenizers {
namespace {

constexpr std::size_t kNumBytes = 256;
constexpr char32_t kFirstOther = 0x100;

bool stands_for_itself(std::size_t byte) {
  return (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

struct Tables {
  std::array<std::string, kNumBytes> characters;
  std::array<int, 2 * kNumBytes> bytes{};  // by code point, -1 where there is none

  Tables() {
    bytes.fill(-1);
    char32_t next = kFirstOther;
    for (std::size_t byte = 0; byte < kNumBytes; ++byte) {
      const char32_t c = stands_for_itself(byte) ? static_cast<char32_t>(byte) : next++;
      append_utf8(characters[byte], c);
      bytes[c] = static_cast<int>(byte);
    }
  }
};

const Tables& tables() {
  static const Tables kTables;
  return kTables;
}

}  // namespace

const std::string* byte_characters() {
  return tables().characters.data();
}

std::optional<std::string> bytes_of_characters(std::string_view token) {
  const auto& table = tables().bytes;
  std::string bytes;
  bytes.reserve(token.size());
  for (std::size_t offset = 0; offset < token.size();) {
    const char32_t c = next_code_point(token, offset);
    if (c >= table.size() || table[c] < 0) return std::nullopt;
    bytes += static_cast<char>(table[c]);
  }
  return bytes;
}

std::optional<unsigned char> byte_of_token(std::string_view token) {
  if (token.size() != 6 || !token.starts_with("<0x") || token.back() != '>') return std::nullopt;
  unsigned value = 0;
  const char *begin = token.data() + 3, *end = begin + 2;
  const auto [stop, code] = std::from_chars(begin, end, value, 16);
  if (code != std::errc{} || stop != end) return std::nullopt;
  return static_cast<unsigned char>(value);
}

}  // namespace prospect::tokenizers
