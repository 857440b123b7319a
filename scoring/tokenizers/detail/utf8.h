#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace prospect::tokenizers {

/// A range of bytes, the end excluded.
struct Range {
  std::uint32_t begin = 0, end = 0;
  bool operator==(const Range&) const = default;
};

/// The code point at `offset`, which moves behind it. The text must be valid UTF-8.
char32_t next_code_point(std::string_view text, std::size_t& offset);

/// The last code point of a non-empty, valid text.
char32_t last_code_point(std::string_view text);

void append_utf8(std::string& text, char32_t code_point);

/// The number of bytes that `append_utf8` adds.
std::size_t utf8_length(char32_t code_point);

bool is_ascii(std::string_view text);

/// `text` with each maximal invalid sequence of bytes replaced by U+FFFD, as the reference gets it
/// from a decoder that replaces errors.
std::string repair_utf8(std::string_view text);

}  // namespace prospect::tokenizers
