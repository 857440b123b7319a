#include "scoring/tokenizers/detail/folder.h"

#include <utility>

#include "core/error.h"
#include "core/files.h"
#include "core/text.h"
#include "scoring/tokenizers/detail/kinds.h"

namespace prospect::tokenizers {
namespace {

namespace fs = std::filesystem;

// "No limit" is written as 10^30; what no model has is no limit either.
constexpr double kMostPositions = 1e8;

}  // namespace

Folder::Folder(fs::path path) : path_(std::move(path)) {
  std::error_code code;
  const auto status = fs::status(path_, code);
  if (!fs::exists(status))
    fail(ErrorKind::io, where(), "expected a folder with a tokenizer, found nothing there");
  if (!fs::is_directory(status))
    fail(ErrorKind::input, where(),
         "expected a folder with a tokenizer, found a file; name the folder that holds it");
}

bool Folder::has(const std::string& name) const {
  std::error_code code;
  return fs::exists(path_ / name, code);
}

std::string Folder::read(const std::string& name) {
  return remember(name, read_text_file(path_ / name));
}

std::string Folder::read_bytes(const std::string& name) {
  return remember(name, read_file(path_ / name));
}

std::string Folder::remember(const std::string& name, std::string content) {
  contents_ += name + '\0' + std::to_string(content.size()) + '\0' + content;
  return content;
}

std::vector<std::string> Folder::read_lines(const std::string& name) {
  auto lines = split(read(name), '\n');
  if (lines.back().empty()) lines.pop_back();
  for (auto& line : lines)
    if (line.ends_with('\r')) line.pop_back();
  return lines;
}

Json Folder::read_object(const std::string& name) {
  if (!has(name)) return Json::object();
  Json object = parse_json(read(name), where(name));
  if (!object.is_object()) JsonReader(object, where(name)).fail_expected("an object");
  return object;
}

std::string Folder::fingerprint() const {
  return prospect::fingerprint(contents_);
}

Settings::Settings(Folder& folder)
    : config_(folder.read_object("tokenizer_config.json")),
      special_(folder.read_object("special_tokens_map.json")),
      config_where_(folder.where("tokenizer_config.json")),
      special_where_(folder.where("special_tokens_map.json")) {}

namespace {

Settings::Token read_token(const JsonReader& member) {
  if (!member.value().is_object()) return {member.string(), member.where()};
  return {member.at("content").string(),
          member.at("content").where(),
          boolean_or(member, "single_word", false),
          boolean_or(member, "lstrip", false),
          boolean_or(member, "rstrip", false),
          boolean_or(member, "normalized", false)};
}

}  // namespace

std::vector<Settings::Token> Settings::more_tokens() const {
  std::vector<Token> tokens;
  for (const char* key : {"additional_special_tokens", "extra_special_tokens"}) {
    for (const JsonReader& reader : {JsonReader(special_, special_where_), config()}) {
      const auto list = optional_member(reader, key);
      // The newer key may be an object of roles; those are no tokens of this list.
      if (!list || list->value().is_object()) continue;
      for (const JsonReader& item : list->items()) tokens.push_back(read_token(item));
    }
  }
  return tokens;
}

std::optional<Settings::Token> Settings::token(const std::string& role) const {
  for (const JsonReader& reader : {JsonReader(special_, special_where_), config()}) {
    const auto member = optional_member(reader, role);
    if (!member) continue;
    return read_token(*member);
  }
  return std::nullopt;
}

bool Settings::denies(const std::string& role) const {
  const auto is_null = [&](const Json& object) {
    return object.contains(role) && object[role].is_null();
  };
  return is_null(special_) || is_null(config_);
}

std::optional<std::size_t> Settings::max_length() const {
  const auto member = optional_member(config(), "model_max_length");
  if (!member) return std::nullopt;
  const double length = member->number();
  if (length < 1) member->fail_expected("a length of at least 1");
  if (length > kMostPositions) return std::nullopt;
  return static_cast<std::size_t>(length);
}

}  // namespace prospect::tokenizers
