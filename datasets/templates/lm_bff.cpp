// LM-BFF's templates: parts between asterisks. `cls` and the last `sep+` are the sequence's ends,
// `sent_0` is the first text, `sent-_0` without its last character, `sentl_1` with a small first
// letter, `+` before a name puts a space there, and `_` is a space.
//
// LM-BFF's answers are words that carry their space, so `*mask*` stands after one: " {mask}" here,
// but for a mask at the very start. `-` cuts whatever the last character is; `strip_final` cuts
// punctuation alone. Source: Gao et al. 2021.

#include <algorithm>
#include <optional>
#include <utility>

#include "core/error.h"
#include "core/text.h"
#include "datasets/templates/formats.h"

namespace prospect::templates {
namespace {

constexpr std::string_view kStart = "*cls*", kEnd = "*sep+*";
constexpr std::size_t kMaxTexts = 2;

// The flags of `sentl-_0`, between name and underscore.
std::vector<FieldOperator> operators_of(std::string_view flags, const std::string& where) {
  std::vector<FieldOperator> operators;
  for (const char flag : flags) {
    if (flag == 'l')
      operators.push_back(FieldOperator::lower_first);
    else if (flag == '-')
      operators.push_back(FieldOperator::strip_final);
    else
      fail(ErrorKind::unsupported, where, "expected the flags l and - of a sent, found '", flag,
           "'");
  }
  return operators;
}

// Whether a part is the name of a text, `sentl-_0`, and not text itself.
bool is_sent(std::string_view part) {
  const std::size_t underscore = part.find('_');
  return part.starts_with("sent") && underscore != std::string_view::npos &&
         underscore + 2 == part.size() && part.back() >= '0' && part.back() <= '9';
}

// A text of the example; nothing where the part is no `sent`.
std::optional<Field> read_sent(std::string_view part, Fields fields, const std::string& where) {
  if (!is_sent(part)) return std::nullopt;
  const std::size_t underscore = part.find('_');
  const char digit = part.back();
  if (static_cast<std::size_t>(digit - '0') >= kMaxTexts)
    fail(ErrorKind::unsupported, where, "expected sent_0 and sent_1, found '", part,
         "'; demonstrations are written {demos} here");
  return Field{field_at(fields, static_cast<std::size_t>(digit - '0'), where), false,
               operators_of(part.substr(4, underscore - 4), where)};
}

std::string with_spaces(std::string_view part) {
  std::string text(part);
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

std::string write_field(const Field& field, bool space, const Template& tmpl, Fields fields) {
  const std::size_t index = index_of(fields, field.name, kMaxTexts, tmpl);
  if (field.keep) fail_unwritable(tmpl, "LM-BFF", "the operator keep");
  std::string flags;
  for (const auto op : field.operators) {
    if (op == FieldOperator::no_space) fail_unwritable(tmpl, "LM-BFF", "the operator no_space");
    flags += op == FieldOperator::lower_first ? 'l' : '-';
  }
  return std::string(space ? "*+sent" : "*sent") + flags + "_" + std::to_string(index) + "*";
}

// Whether text would be read as something else.
bool is_keyword(std::string_view part) {
  for (const std::string_view word : {"cls", "mask", "sep", "sep+"})
    if (part == word) return true;
  return part.starts_with("label_") || is_sent(part.substr(part.starts_with('+') ? 1 : 0));
}

// Takes the space off the end of `text`, where there is one.
bool take_space(std::string& text) {
  if (!text.ends_with(' ')) return false;
  text.pop_back();
  return true;
}

}  // namespace

Template read_lm_bff(std::string_view text, Fields fields, const std::string& where) {
  if (!text.starts_with(kStart) || !text.ends_with(kEnd) ||
      text.size() < kStart.size() + kEnd.size())
    fail(ErrorKind::input, where, "expected *cls* at the start and *sep+* at the end, found '",
         text, "'");
  const auto body = text.substr(kStart.size(), text.size() - kStart.size() - kEnd.size());
  std::vector<Piece> pieces;
  for (const std::string& part : split(body, '*')) {
    if (part.empty()) continue;
    const bool space = part.starts_with('+');
    if (part == "mask") {
      if (!pieces.empty()) append_literal(pieces, " ");
      pieces.emplace_back(AnswerSlot{});
    } else if (part == "sep+") {
      pieces.emplace_back(SegmentBreak{});
    } else if (part == "cls" || part == "sep" || part.starts_with("label_")) {
      fail(ErrorKind::unsupported, where, "expected text, sent, mask and sep+, found '*", part,
           "*'");
    } else if (auto field =
                   read_sent(std::string_view(part).substr(space ? 1 : 0), fields, where)) {
      if (space) append_literal(pieces, " ");
      pieces.emplace_back(std::move(*field));
    } else {
      append_literal(pieces, with_spaces(part));
    }
  }
  return with_one_mask(std::move(pieces), where);
}

std::string write_lm_bff(const Template& tmpl, Fields fields) {
  std::string text, literal;  // `literal` is what stands before the next slot
  const auto flush = [&] {
    std::replace(literal.begin(), literal.end(), ' ', '_');
    if (is_keyword(literal)) fail_unwritable(tmpl, "LM-BFF", "'" + literal + "' as text");
    text += literal;
    literal.clear();
  };
  bool at_start = true;
  for (const auto& piece : tmpl.pieces()) {
    if (const auto* words = std::get_if<Literal>(&piece)) {
      if (words->text.find_first_of("*_") != std::string::npos)
        fail_unwritable(tmpl, "LM-BFF", "'*' or '_' in the text");
      literal = words->text;
      continue;
    }
    const bool is_first = std::exchange(at_start, false) && literal.empty();
    if (const auto* field = std::get_if<Field>(&piece)) {
      const bool space = take_space(literal);
      flush();
      text += write_field(*field, space, tmpl, fields);
    } else if (std::holds_alternative<AnswerSlot>(piece)) {
      const bool space = take_space(literal);
      if (space == is_first || (space && text.empty() && literal.empty()))
        fail_unwritable(tmpl, "LM-BFF",
                        "a {mask} without a space before it, or with one at the start");
      flush();
      text += "*mask*";
    } else if (std::holds_alternative<SegmentBreak>(piece)) {
      flush();
      text += kEnd;
    } else {
      fail_unwritable(tmpl, "LM-BFF", Template({piece}).text());
    }
  }
  flush();
  return std::string(kStart) + text + std::string(kEnd);
}

}  // namespace prospect::templates
