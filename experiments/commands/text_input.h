#pragma once

#include <functional>
#include <iosfwd>
#include <optional>
#include <span>
#include <string>

#include "core/json.h"
#include "experiments/commands/command.h"

namespace prospect {

/// One text that a command looks at.
struct InputText {
  std::string text;
  std::optional<std::string> pair;  ///< A second text, where the command takes one.
  std::string where;                ///< `argument 1` or `stdin:3`, for errors.
};

/// Calls `use` with each line of JSON Lines, which must be an object, as soon as it is read.
/// @return the number of lines.
/// @throws Error (input) as `stdin:LINE` for an empty line, invalid UTF-8, a line that is no JSON
/// object, or one of more than 64 MiB; (io) when reading fails.
std::size_t for_each_json_line(std::istream& in, const std::string& name,
                               const std::function<void(const JsonReader&)>& use);

/// Calls `use` with each line of text and its place, without its line end.
/// @throws Error (input) as `stdin:LINE` for an empty line, invalid UTF-8 or one of more than 64
/// MiB; (io) when reading fails.
std::size_t for_each_text_line(
    std::istream& in, const std::string& name,
    const std::function<void(const std::string& line, const std::string& where)>& use);

/// Calls `use` with each argument; without arguments with each line `{"text": ..., "pair": ...}`
/// of standard input.
/// @throws Error (input) as above, for an argument that is no UTF-8, for an unknown key, and where
/// standard input is empty.
void for_each_text(std::span<const std::string> arguments, Console& console, bool allow_pair,
                   const std::function<void(const InputText&)>& use);

}  // namespace prospect
