#pragma once

#include "datasets/readers/reader.h"

namespace prospect::detail {

/// What becomes of a value that is not text, a number or a boolean.
enum class Nested { refuse, skip };

/// Reads a file of one JSON object a line; numbers and booleans become text.
/// @throws Error (input) as `Reader::read` does.
DataTable read_json_lines(const std::filesystem::path& path, Nested nested);

}  // namespace prospect::detail
