#pragma once

#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace prospect {

/// What went wrong, from the point of view of the person who has to mend it.
enum class ErrorKind {
  usage,        ///< The command line or an argument of a call is wrong.
  input,        ///< A file of the user's is wrong.
  unsupported,  ///< The file is right, but asks for something that prospect does not do.
  model,        ///< A checkpoint or tokenizer is damaged or incomplete.
  io,           ///< The operating system refused to read or write.
  internal,     ///< A bug in prospect.
};

/// The lower-case name of `kind`, as printed before a message.
std::string_view name_of(ErrorKind kind);

/// The exit code of a program that ends with `kind`: 2 usage, 3 input, unsupported and model,
/// 4 io, 5 internal.
int exit_code(ErrorKind kind);

/// The only exception that prospect throws.
///
/// The message says what was expected, what was found and what to do; `where` is a place the user
/// can open: `file:line`, `file#/json/pointer`, or an option's name. Both are one line of UTF-8:
/// control characters and invalid bytes of a user's text are written as escapes.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, std::string where, std::string message);

  ErrorKind kind() const noexcept { return kind_; }
  const std::string& where() const noexcept { return where_; }
  const std::string& message() const noexcept { return message_; }

 private:
  ErrorKind kind_;
  std::string where_, message_;
};

/// Throws an `Error` whose message is `parts`, streamed one after the other.
template <class... Parts>
[[noreturn]] void fail(ErrorKind kind, std::string where, const Parts&... parts) {
  std::ostringstream message;
  (message << ... << parts);
  throw Error(kind, std::move(where), message.str());
}

}  // namespace prospect
