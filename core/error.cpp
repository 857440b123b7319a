#include "core/error.h"

#include <cstdio>
#include <utility>

#include "core/text.h"

namespace prospect {
namespace {

// The escape of a byte that must not stand in a message: a line break would end it, another control
// character could steer the terminal.
std::string escaped(unsigned char byte) {
  switch (byte) {
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      break;
  }
  char digits[5];
  std::snprintf(digits, sizeof digits, "\\x%02x", byte);
  return digits;
}

std::string one_line(std::string_view text) {
  std::string line;
  while (!text.empty()) {
    const std::size_t valid = invalid_utf8(text).value_or(text.size());
    for (const char c : text.substr(0, valid)) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte < 0x20 || byte == 0x7F)
        line += escaped(byte);
      else
        line += c;
    }
    text.remove_prefix(valid);
    if (text.empty()) break;
    line += escaped(static_cast<unsigned char>(text.front()));
    text.remove_prefix(1);
  }
  return line;
}

std::string placed(const std::string& where, const std::string& message) {
  return where.empty() ? message : where + ": " + message;
}

}  // namespace

std::string_view name_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage:
      return "usage";
    case ErrorKind::input:
      return "input";
    case ErrorKind::unsupported:
      return "unsupported";
    case ErrorKind::model:
      return "model";
    case ErrorKind::io:
      return "io";
    case ErrorKind::internal:
      return "internal";
  }
  return "internal";
}

int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage:
      return 2;
    case ErrorKind::input:
    case ErrorKind::unsupported:
    case ErrorKind::model:
      return 3;
    case ErrorKind::io:
      return 4;
    case ErrorKind::internal:
      return 5;
  }
  return 5;
}

Error::Error(ErrorKind kind, std::string where, std::string message)
    : std::runtime_error(placed(one_line(where), one_line(message))),
      kind_(kind),
      where_(one_line(where)),
      message_(one_line(message)) {}

}  // namespace prospect
