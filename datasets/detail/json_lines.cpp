#include "datasets/detail/json_lines.h"

#include <optional>

#include "core/error.h"
#include "core/json.h"
#include "core/text.h"
#include "datasets/detail/lines.h"

namespace prospect::detail {
namespace {

Json parse_line(std::string_view line, const std::string& where) {
  try {
    return parse_json(line, where);
  } catch (const Error& error) {
    // The parser counts lines within the text it was given, which here is one line.
    fail(error.kind(), where, error.message());
  }
}

// A value as text; nothing where it is null, an array or an object.
std::optional<std::string> as_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number() || value.is_boolean()) return value.dump();
  return std::nullopt;
}

DataRow read_row(const Line& line, const std::string& where, Nested nested) {
  const Json json = parse_line(line.text, where);
  if (!json.is_object()) JsonReader(json, where).fail_expected("one JSON object a line");
  DataRow row{line.number, {}, std::string(line.raw)};
  for (const auto& [key, value] : json.items()) {
    auto text = as_text(value);
    if (!text && nested == Nested::refuse)
      JsonReader(json, where).at(key).fail_expected("text, a number, true or false");
    if (!text) continue;
    if (text->find('\0') != std::string::npos)
      fail(ErrorKind::input, JsonReader(json, where).at(key).where(),
           "expected text, found a NUL character; remove it");
    row.fields.emplace(key, std::move(*text));
  }
  return row;
}

}  // namespace

DataTable read_json_lines(const std::filesystem::path& path, Nested nested) {
  const std::string content = read_data_text(path);
  DataTable table;
  for (const auto& line : split_lines(content, path)) {
    const std::string where = place(path, line.number);
    if (line.text.empty() || is_blank(line.text))
      fail(ErrorKind::input, where, "expected one JSON object a line, found a blank line");
    table.rows.push_back(read_row(line, where, nested));
  }
  if (table.rows.empty())
    fail(ErrorKind::input, place(path, 1), "expected at least one row, found none");
  return table;
}

}  // namespace prospect::detail
