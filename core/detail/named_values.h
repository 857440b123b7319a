#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/json.h"
#include "core/text.h"

namespace prospect {

/// An enumerator and the word that stands for it in JSON; a table of them serves both ways.
template <class Value>
struct Named {
  Value value;
  std::string_view name;
};

/// The word of a value; empty when the table lacks it.
template <class Value, std::size_t N>
std::string_view name_in(const Named<Value> (&table)[N], Value value) {
  for (const auto& row : table)
    if (row.value == value) return row.name;
  return "";
}

/// The value of a word.
/// @throws Error (input) at the word's place, with the nearest known one.
template <class Value, std::size_t N>
Value value_in(const Named<Value> (&table)[N], const JsonReader& reader) {
  const std::string found = reader.string();
  std::vector<std::string> known;
  for (const auto& row : table) {
    if (row.name == found) return row.value;
    known.emplace_back(row.name);
  }
  fail(ErrorKind::input, reader.where(), "unknown value '", found, "'", suggestion(found, known));
}

}  // namespace prospect
