// OpenPrompt's templates: literal text between Python dictionaries, `{"placeholder": "text_a"}`,
// `{"meta": "word"}`, `{"mask"}`, `{"soft"}`, `{"special": "<sep>"}`, `{"text": "as written"}`.
//
// A text is shortened when the prompt is too long unless it says otherwise, a meta field never. A
// soft token becomes a trigger slot, which is the frame of a continuous prompt here; one that
// starts from words has no counterpart without a vocabulary. Source: Ding et al. 2022.

#include <algorithm>
#include <map>
#include <utility>

#include "core/error.h"
#include "core/text.h"
#include "datasets/templates/formats.h"

namespace prospect::templates {
namespace {

constexpr std::size_t kMaxTexts = 2;
constexpr std::string_view kTexts[kMaxTexts] = {"text_a", "text_b"};

// A post-processing that has an operator here, written without white space. OpenPrompt evaluates
// it, so what is written back uses Python's built-in names alone.
struct Processing {
  std::string_view code;
  FieldOperator op;
};
constexpr Processing kProcessings[] = {
    {"s[:-1]", FieldOperator::strip_final},
    {"s.strip('.')", FieldOperator::strip_final},
    {"s.rstrip('.,;:!?')", FieldOperator::strip_final},
    {"s[:1].lower()+s[1:]", FieldOperator::lower_first},
};

using Entries = std::map<std::string, std::string>;  // key -> value as written; "" for {"mask"}

// The end of the value that starts at `at`: a comma or brace outside quotes and brackets.
std::size_t value_end(std::string_view text, std::size_t at) {
  int depth = 0;
  char quote = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '[' || c == '(') {
      ++depth;
    } else if (c == ']' || c == ')') {
      --depth;
    } else if (depth == 0 && (c == ',' || c == '}')) {
      return at;
    }
  }
  return std::string_view::npos;
}

// A value without the quotes around it.
std::string unquoted(std::string_view value) {
  if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') &&
      value.back() == value.front())
    value = value.substr(1, value.size() - 2);
  return std::string(value);
}

// Reads the dictionary that starts at `at` and moves behind it.
Entries read_entries(std::string_view text, std::size_t& at, const std::string& where) {
  Entries entries;
  do {
    const std::size_t begin = at + 1;
    at = value_end(text, begin);
    if (at == std::string_view::npos)
      fail(ErrorKind::input, where, "expected '}' after '", text.substr(begin - 1), "'");
    const std::string_view entry = trim(text.substr(begin, at - begin));
    const std::size_t key_end = entry.empty() ? std::string_view::npos : entry.find(entry[0], 1);
    if (key_end == std::string_view::npos || (entry[0] != '"' && entry[0] != '\''))
      fail(ErrorKind::input, where, "expected a key in quotes, found '", entry, "'");
    std::string_view value = trim(entry.substr(key_end + 1));
    if (value.starts_with(':')) value = trim(value.substr(1));
    entries[std::string(entry.substr(1, key_end - 1))] = unquoted(value);
  } while (text[at] == ',');
  ++at;
  return entries;
}

// The operator of `lambda x: code`.
FieldOperator read_processing(std::string_view lambda, const std::string& where) {
  std::string code;
  for (const char c : lambda)
    if (c != ' ') code += c;
  // lambdaNAME:CODE, with one letter for a name
  if (code.starts_with("lambda") && code.size() > 8 && code[7] == ':') {
    const char name = code[6];
    code.erase(0, 8);
    if (code.front() == name) code.front() = 's';
    for (std::size_t i = 1; i < code.size(); ++i)
      if (code[i] == name && code[i - 1] == '+') code[i] = 's';
    for (const auto& [known, op] : kProcessings)
      if (known == code) return op;
  }
  fail(ErrorKind::unsupported, where,
       "expected a post-processing that lowers the first letter or cuts the final punctuation, "
       "found '",
       lambda, "'");
}

bool read_flag(const Entries& entries, const std::string& key, bool otherwise,
               const std::string& where) {
  const auto found = entries.find(key);
  if (found == entries.end()) return otherwise;
  if (found->second == "True" || found->second == "true") return true;
  if (found->second == "False" || found->second == "false") return false;
  fail(ErrorKind::input, where, "expected ", key, " to be True or False, found '", found->second,
       "'");
}

Field read_field(const Entries& entries, Fields fields, const std::string& where) {
  Field field;
  const auto meta = entries.find("meta");
  if (meta != entries.end()) {
    field.name = meta->second;
    field.keep = !read_flag(entries, "shortenable", false, where);
  } else {
    const auto* text = std::find(std::begin(kTexts), std::end(kTexts), entries.at("placeholder"));
    if (text == std::end(kTexts))
      fail(ErrorKind::unsupported, where, "expected the placeholder text_a or text_b, found '",
           entries.at("placeholder"), "'");
    field.name = field_at(fields, static_cast<std::size_t>(text - std::begin(kTexts)), where);
    field.keep = !read_flag(entries, "shortenable", true, where);
  }
  const auto processing = entries.find("post_processing");
  if (processing != entries.end())
    field.operators.push_back(read_processing(processing->second, where));
  return field;
}

void append_entries(const Entries& entries, Fields fields, const std::string& where,
                    std::vector<Piece>& pieces) {
  if (entries.contains("placeholder") || entries.contains("meta")) {
    pieces.emplace_back(read_field(entries, fields, where));
  } else if (entries.contains("mask")) {
    pieces.emplace_back(AnswerSlot{});
  } else if (entries.contains("text")) {
    append_literal(pieces, entries.at("text"));
  } else if (entries.contains("special") && entries.at("special") == "<sep>") {
    pieces.emplace_back(SegmentBreak{});
  } else if (entries.size() == 1 && entries.contains("soft") && entries.at("soft").empty()) {
    append_trigger(pieces);
  } else {
    fail(ErrorKind::unsupported, where,
         "expected placeholder, meta, mask, text, an empty soft or special <sep>, found '",
         entries.begin()->first, entries.begin()->second.empty() ? "" : ": ",
         entries.begin()->second, "'");
  }
}

std::string write_field(const Field& field, const Template& tmpl, Fields fields) {
  const auto found = std::find(fields.begin(), fields.end(), field.name);
  const auto index = static_cast<std::size_t>(found - fields.begin());
  const bool is_text = index < std::min(kMaxTexts, fields.size());
  std::string text = is_text ? "{\"placeholder\": \"" + std::string(kTexts[index]) + "\""
                             : "{\"meta\": \"" + field.name + "\"";
  if (field.keep == is_text)
    text += is_text ? ", \"shortenable\": False" : ", \"shortenable\": True";
  if (field.operators.size() > 1) fail_unwritable(tmpl, "OpenPrompt", "several operators");
  for (const auto op : field.operators) {
    if (op == FieldOperator::no_space) fail_unwritable(tmpl, "OpenPrompt", "the operator no_space");
    text += op == FieldOperator::lower_first
                ? ", \"post_processing\": lambda s: s[:1].lower() + s[1:]"
                : ", \"post_processing\": lambda s: s.rstrip('.,;:!?')";
  }
  return text + "}";
}

}  // namespace

Template read_openprompt(std::string_view text, Fields fields, const std::string& where) {
  std::vector<Piece> pieces;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t brace = std::min(text.find('{', at), text.size());
    append_literal(pieces, text.substr(at, brace - at));
    at = brace;
    if (at < text.size()) append_entries(read_entries(text, at, where), fields, where, pieces);
  }
  return with_one_mask(std::move(pieces), where);
}

std::string write_openprompt(const Template& tmpl, Fields fields) {
  std::string text;
  for (const auto& piece : tmpl.pieces()) {
    if (const auto* literal = std::get_if<Literal>(&piece)) {
      if (literal->text.find_first_of("{}") != std::string::npos)
        fail_unwritable(tmpl, "OpenPrompt", "a brace in the text");
      text += literal->text;
    } else if (const auto* field = std::get_if<Field>(&piece)) {
      text += write_field(*field, tmpl, fields);
    } else if (const auto* triggers = std::get_if<TriggerSlots>(&piece)) {
      check_unset(*triggers, tmpl);
      for (std::size_t i = 0; i < triggers->ids.size(); ++i)
        text += i > 0 ? " {\"soft\"}" : "{\"soft\"}";
    } else if (std::holds_alternative<AnswerSlot>(piece)) {
      text += "{\"mask\"}";
    } else if (std::holds_alternative<SegmentBreak>(piece)) {
      text += "{\"special\": \"<sep>\"}";
    } else {
      fail_unwritable(tmpl, "OpenPrompt", Template({piece}).text());
    }
  }
  return text;
}

}  // namespace prospect::templates
