#include "core/json.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/files.h"
#include "core/text.h"

namespace prospect {
namespace {

constexpr std::size_t kShownLength = 60;
constexpr std::size_t kReasonLength = 200;
constexpr int kMaxDepth = 512;

// At most `length` bytes of `text`, cut between characters.
std::string shortened(std::string text, std::size_t length) {
  if (text.size() <= length) return text;
  while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U) --length;
  return text.substr(0, length) + "...";
}

// A value as an error message shows it: its JSON, cut where it is long.
std::string shown(const Json& value) {
  return shortened(dump_json(value), kShownLength);
}

// The library's parser recurses; a file of a million brackets must not end in a crash.
void check_depth(std::string_view text, const std::string& where) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kMaxDepth)
        fail(ErrorKind::input, where, "expected JSON nested at most ", kMaxDepth, " deep");
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
}

// The library throws a parse_error, or out_of_range for a number that no double holds; only the
// first says where. This handler accepts everything and remembers where parsing stopped.
class FaultFinder : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return true; }
  bool key(string_t&) override { return true; }
  bool end_object() override { return true; }
  bool start_array(std::size_t) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(std::size_t position, const std::string&, const Json::exception&) override {
    offset = position;
    return false;
  }

  std::size_t offset = 0;
};

[[noreturn]] void fail_parse(std::string_view text, const std::string& where, const char* what) {
  FaultFinder finder;
  Json::sax_parse(text.begin(), text.end(), &finder);
  const auto end = text.begin() + static_cast<std::ptrdiff_t>(std::min(finder.offset, text.size()));
  const auto line = std::count(text.begin(), end, '\n') + 1;
  // The library's text is "[json.exception.NAME.101] REASON", where a parse_error's reason starts
  // with "parse error at line .., column ..: ".
  std::string reason = what;
  reason.erase(0, reason.find("] ") + 2);
  if (reason.starts_with("parse error")) reason.erase(0, reason.find(": ") + 2);
  fail(ErrorKind::input, where + ":" + std::to_string(line), "expected valid JSON, found ",
       shortened(std::move(reason), kReasonLength));
}

}  // namespace

Json parse_json(std::string_view text, const std::string& where) {
  check_depth(text, where);
  try {
    return Json::parse(text.begin(), text.end());
  } catch (const Json::exception& error) {
    fail_parse(text, where, error.what());
  }
}

Json read_json_file(const std::filesystem::path& path) {
  return parse_json(read_text_file(path), path.string());
}

std::string dump_json(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool JsonReader::has(std::string_view key) const {
  return value_->is_object() && value_->contains(std::string(key));
}

JsonReader JsonReader::at(std::string_view key) const {
  if (!value_->is_object()) fail_expected("an object");
  const auto member = value_->find(std::string(key));
  if (member == value_->end())
    fail(ErrorKind::input, where_, "expected the key '", key, "', which is missing");
  return part(*member, key);
}

std::vector<JsonReader> JsonReader::items() const {
  if (!value_->is_array()) fail_expected("an array");
  std::vector<JsonReader> items;
  for (std::size_t i = 0; i < value_->size(); ++i)
    items.push_back(part((*value_)[i], std::to_string(i)));
  return items;
}

std::vector<std::pair<std::string, JsonReader>> JsonReader::members() const {
  if (!value_->is_object()) fail_expected("an object");
  std::vector<std::pair<std::string, JsonReader>> members;
  for (const auto& [key, value] : value_->items()) members.emplace_back(key, part(value, key));
  return members;
}

std::string JsonReader::string() const {
  if (!value_->is_string()) fail_expected("a string");
  return value_->get<std::string>();
}

bool JsonReader::boolean() const {
  if (!value_->is_boolean()) fail_expected("true or false");
  return value_->get<bool>();
}

double JsonReader::number() const {
  if (!value_->is_number()) fail_expected("a number");
  const double number = value_->get<double>();
  if (!std::isfinite(number)) fail_expected("a finite number");
  return number;
}

std::int64_t JsonReader::integer(std::int64_t least, std::int64_t most) const {
  const double number = value_->is_number() ? value_->get<double>() : 0.5;
  // 2^53 and above, a double no longer says which integer was meant.
  const bool whole = value_->is_number_integer() ||
                     (number == std::floor(number) && std::abs(number) < 9007199254740992.0);
  const bool fits =
      whole && !(value_->is_number_unsigned() &&
                 value_->get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX));
  const std::int64_t integer = fits ? value_->get<std::int64_t>() : 0;
  if (!fits || integer < least || integer > most) {
    std::string expected = "an integer";
    if (least != INT64_MIN) expected += " of at least " + std::to_string(least);
    if (most != INT64_MAX)
      expected += (least != INT64_MIN ? " and at most " : " of at most ") + std::to_string(most);
    fail_expected(expected);
  }
  return integer;
}

std::vector<std::string> JsonReader::strings() const {
  std::vector<std::string> strings;
  for (const auto& item : items()) strings.push_back(item.string());
  return strings;
}

std::string JsonReader::choice(std::initializer_list<std::string_view> choices) const {
  const std::string found = string();
  const std::vector<std::string> known(choices.begin(), choices.end());
  if (std::find(known.begin(), known.end(), found) == known.end())
    fail(ErrorKind::input, where_, "unknown value '", found, "'", suggestion(found, known));
  return found;
}

void JsonReader::allow_only(std::initializer_list<std::string_view> known) const {
  const std::vector<std::string> names(known.begin(), known.end());
  for (const auto& [key, value] : members()) {
    if (std::find(names.begin(), names.end(), key) == names.end())
      fail(ErrorKind::input, value.where(), "unknown key '", key, "'", suggestion(key, names));
  }
}

void JsonReader::fail_expected(std::string_view expected) const {
  fail(ErrorKind::input, where_, "expected ", expected, ", found ", shown(*value_));
}

JsonReader JsonReader::part(const Json& value, std::string_view key) const {
  // A place that is already inside a file goes on; a '#' in the file's own name is none.
  JsonReader reader(value, where_ + (where_.find("#/") == std::string::npos ? "#/" : "/"));
  for (const char c : key) {
    if (c == '~')
      reader.where_ += "~0";
    else if (c == '/')
      reader.where_ += "~1";
    else
      reader.where_ += c;
  }
  reader.owner_ = owner_;
  return reader;
}

}  // namespace prospect
