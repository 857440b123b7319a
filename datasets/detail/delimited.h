#pragma once

#include "datasets/readers/reader.h"

namespace prospect::detail {

enum class Quoting {
  none,     ///< A quote is a character like any other, and a row is a line.
  strict,   ///< RFC 4180: a field is quoted whole or holds no quote.
  lenient,  ///< As pandas reads: a quote inside a field that does not start with one is text.
};

/// How the fields of a row stand beside each other.
struct Dialect {
  char separator = '\t';
  Quoting quoting = Quoting::none;
};

/// Reads rows of separated fields; the columns are the options' or else the first row.
/// @throws Error (input) as `Reader::read` does.
DataTable read_delimited(const std::filesystem::path& path, Dialect dialect,
                         const ReadOptions& options);

}  // namespace prospect::detail
