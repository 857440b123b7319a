#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace prospect {

using Json = nlohmann::json;

/// Parses JSON text.
/// @param where  the place named in the error, usually a path.
/// @throws Error (input) as `where:line`, with what the parser expected.
Json parse_json(std::string_view text, const std::string& where);

/// Reads a JSON file. @throws Error (io, input) as `read_text_file` and `parse_json` do.
Json read_json_file(const std::filesystem::path& path);

/// One line of JSON, keys sorted, invalid UTF-8 replaced: what is printed and hashed.
std::string dump_json(const Json& value);

/// A JSON value together with the place where it stands, for reading configuration with good
/// errors: every getter names the place, the expected and the found type.
///
/// ```
/// JsonReader file(read_json_file(path), path);
/// file.allow_only({"name", "shots"});
/// auto shots = file.at("shots").integer(1, 1 << 20);
/// ```
class JsonReader {
 public:
  /// @param value  outlives the reader.
  JsonReader(const Json& value, std::string where) : value_(&value), where_(std::move(where)) {}
  /// Keeps a value that nobody else holds.
  JsonReader(Json&& value, std::string where)
      : owner_(std::make_shared<const Json>(std::move(value))),
        value_(owner_.get()),
        where_(std::move(where)) {}

  const Json& value() const { return *value_; }
  /// `file#/json/pointer`, with `~0` for `~` and `~1` for `/` in a key.
  const std::string& where() const { return where_; }

  bool has(std::string_view key) const;
  /// The member `key`. @throws Error (input) when this is no object or has no such member.
  JsonReader at(std::string_view key) const;
  /// The items of an array. @throws Error (input) when this is no array.
  std::vector<JsonReader> items() const;
  /// The members of an object, in order of their keys.
  std::vector<std::pair<std::string, JsonReader>> members() const;

  std::string string() const;
  bool boolean() const;
  /// A finite number.
  double number() const;
  /// An integer in [least, most]; 3.0 counts as one, 3.5 does not.
  std::int64_t integer(std::int64_t least = INT64_MIN, std::int64_t most = INT64_MAX) const;
  /// An array of strings.
  std::vector<std::string> strings() const;
  /// One of `choices`.
  std::string choice(std::initializer_list<std::string_view> choices) const;

  /// @throws Error (input) for the first member whose key is not among `known`, with the nearest
  /// known one.
  void allow_only(std::initializer_list<std::string_view> known) const;

  /// Throws an input error about this place.
  [[noreturn]] void fail_expected(std::string_view expected) const;

 private:
  // The reader of a part of this value; `key` as JSON pointers write it.
  JsonReader part(const Json& value, std::string_view key) const;

  std::shared_ptr<const Json> owner_;
  const Json* value_;
  std::string where_;
};

}  // namespace prospect
