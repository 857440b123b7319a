#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/error.h"
#include "scoring/checkpoint/pickle_opcodes.h"

namespace prospect {

/// The bytes of a pickle, taken from the front. All that asks for more than there is throws an
/// `Error` (model) that names the file and the opcode's place.
class PickleInput {
 public:
  PickleInput(std::span<const std::byte> bytes, const std::string& where)
      : bytes_(reinterpret_cast<const char*>(bytes.data()), bytes.size()), where_(where) {}

  /// The next opcode; messages name its place until the next call.
  unsigned char opcode() {
    opcode_at_ = at_;
    return static_cast<unsigned char>(number(1));
  }

  std::string_view take(std::uint64_t count) {
    if (count > bytes_.size() - at_)
      damaged("expected ", count, " more bytes, found ", bytes_.size() - at_);
    at_ += count;
    return bytes_.substr(at_ - count, count);
  }

  /// A little-endian number of `width` bytes, at most 8.
  std::uint64_t number(std::size_t width) {
    const std::string_view digits = take(width);
    std::uint64_t value = 0;
    for (std::size_t i = width; i-- > 0;)
      value = value << 8 | static_cast<unsigned char>(digits[i]);
    return value;
  }

  /// A little-endian number in two's complement, of at most 8 bytes.
  static std::int64_t signed_number(std::string_view digits) {
    const bool negative = !digits.empty() && (static_cast<unsigned char>(digits.back()) & 0x80);
    std::uint64_t value = negative ? ~std::uint64_t{0} : 0;
    for (std::size_t i = digits.size(); i-- > 0;)
      value = value << 8 | static_cast<unsigned char>(digits[i]);
    return static_cast<std::int64_t>(value);
  }

  /// The number that follows an opcode: its value, a length, or a key of the memo.
  std::uint64_t argument(unsigned char opcode) {
    switch (opcode) {
      case op::kProto:
      case op::kBinint1:
      case op::kLong1:
      case op::kShortBinunicode:
      case op::kShortBinstring:
      case op::kShortBinbytes:
      case op::kBinput:
      case op::kBinget:
        return number(1);
      case op::kBinint2:
        return number(2);
      case op::kBinint:
      case op::kLong4:
      case op::kBinunicode:
      case op::kBinstring:
      case op::kBinbytes:
      case op::kLongBinput:
      case op::kLongBinget:
        return number(4);
      case op::kFrame:
      case op::kBinunicode8:
      case op::kBinbytes8:
      case op::kBytearray8:
        return number(8);
      default:
        return parse<std::uint64_t>(line());
    }
  }

  /// The text up to the next line break, which is taken too.
  std::string_view line() {
    const auto end = bytes_.find('\n', at_);
    if (end == std::string_view::npos) damaged("expected a line, found no end of one");
    const std::string_view text = bytes_.substr(at_, end - at_);
    at_ = end + 1;
    return text;
  }

  /// A number in decimal digits.
  template <class Number>
  Number parse(std::string_view text) const {
    Number value{};
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc() || end != text.data() + text.size())
      damaged("expected a number, found '", text.substr(0, 40), "'");
    return value;
  }

  /// How much was taken.
  std::size_t at() const { return at_; }
  const std::string& where() const { return where_; }

  template <class... Parts>
  [[noreturn]] void damaged(const Parts&... parts) const {
    fail(ErrorKind::model, where_, "the pickle is damaged at byte ", opcode_at_, ": ", parts...);
  }

 private:
  std::string_view bytes_;
  const std::string& where_;
  std::size_t at_ = 0, opcode_at_ = 0;
};

}  // namespace prospect
