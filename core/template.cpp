#include "core/template.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "core/error.h"
#include "core/text.h"

namespace prospect {
namespace {

constexpr std::size_t kMostTokens = 10'000;
constexpr std::size_t kShownAround = 60;  // bytes of a template in a message, on each side

constexpr std::array<std::pair<std::string_view, FieldOperator>, 3> kOperators{{
    {"lower_first", FieldOperator::lower_first},
    {"strip_final", FieldOperator::strip_final},
    {"no_space", FieldOperator::no_space},
}};

std::string_view name_of(FieldOperator op) {
  for (const auto& [name, value] : kOperators)
    if (value == op) return name;
  return "";
}

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};

std::string join_ids(const std::vector<TokenId>& ids) {
  std::string text;
  for (const TokenId id : ids) {
    if (!text.empty()) text += ',';
    text += id == kUnsetToken ? "_" : std::to_string(id);
  }
  return text;
}

// What a message shows of a template: all of it, or what stands around the fault.
std::string around(std::string_view text, std::size_t at) {
  const auto inside = [&](std::size_t i) {  // a byte that continues a character
    return i < text.size() && (static_cast<unsigned char>(text[i]) & 0xC0U) == 0x80U;
  };
  std::size_t begin = at > kShownAround ? at - kShownAround : 0;
  std::size_t end = std::min(text.size(), at + kShownAround);
  while (inside(begin)) --begin;
  while (inside(end)) ++end;
  std::string shown = begin > 0 ? "..." : "";
  shown += text.substr(begin, end - begin);
  if (end < text.size()) shown += "...";
  return shown;
}

void check_ids(const std::vector<TokenId>& ids, TokenId least, const char* where) {
  for (const TokenId id : ids)
    if (id < least) fail(ErrorKind::internal, where, "expected a token id, found ", id);
}

// Appends `ids` to the piece before when it is of this kind; true when nothing is left to add.
template <class Slots>
bool join_ids_to(Piece* before, const std::vector<TokenId>& ids) {
  auto* last = before != nullptr ? std::get_if<Slots>(before) : nullptr;
  if (last != nullptr) last->ids.insert(last->ids.end(), ids.begin(), ids.end());
  return last != nullptr || ids.empty();
}

// One pass over the written form; knows where it is, so that an error can point there.
class Parser {
 public:
  Parser(std::string_view text, const Template::Rules& rules, const std::string& where)
      : text_(text), rules_(rules), where_(where) {}

  Template parse() {
    if (const auto offset = invalid_utf8(text_))
      fail(ErrorKind::input, where_, "expected UTF-8 text, found an invalid byte at offset ",
           *offset);
    std::vector<Piece> pieces;
    std::string literal;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c != '{' && c != '}') {
        literal += c;
        ++at_;
      } else if (text_.substr(at_).starts_with(std::string(2, c))) {
        literal += c;
        at_ += 2;
      } else if (c == '}') {
        fail_here("found '}' without '{'; write '}}' for a literal brace");
      } else {
        pieces.emplace_back(Literal{std::exchange(literal, {})});
        pieces.push_back(slot());
      }
    }
    pieces.emplace_back(Literal{std::move(literal)});
    if (masks_ == 0 && !rules_.any_number_of_masks)
      fail(ErrorKind::input, where_, "expected one {mask}, found none in '", around(text_, 0), "'");
    return Template(std::move(pieces));
  }

 private:
  // Reads the slot that starts at `at_` and moves behind it.
  Piece slot() {
    const std::size_t end = text_.find('}', at_);
    if (end == std::string_view::npos)
      fail_here("found '{' without '}'; write '{{' for a literal brace");
    const std::string_view body = text_.substr(at_ + 1, end - at_ - 1);
    if (body.find('{') != std::string_view::npos)
      fail_here("found '{' inside a slot; write '{{' for a literal brace");
    Piece piece = read(body);
    at_ = end + 1;
    return piece;
  }

  Piece read(std::string_view body) {
    if (body == "mask") {
      if (++masks_ > 1 && !rules_.any_number_of_masks)
        fail_here("found a second {mask}; a template has one answer slot");
      return AnswerSlot{};
    }
    if (body == "sep") {
      if (std::exchange(segment_break_, true)) fail_here("found a second {sep}");
      return SegmentBreak{};
    }
    if (body == "demos") {
      if (std::exchange(demonstrations_, true)) fail_here("found a second {demos}");
      return DemonstrationSlot{};
    }
    if (body.starts_with("trigger:")) {
      const std::int64_t count = integer(body.substr(8));
      if (count < 1 || count > static_cast<std::int64_t>(kMostTokens))
        fail_here("expected {trigger:N} with N from 1 to ", kMostTokens, ", found ", count);
      add_tokens(static_cast<std::size_t>(count));
      return TriggerSlots{std::vector<TokenId>(static_cast<std::size_t>(count), kUnsetToken)};
    }
    if (body.starts_with("trigger=")) return TriggerSlots{ids(body.substr(8), true)};
    if (body.starts_with("tokens:")) return FixedTokens{ids(body.substr(7), false)};
    return field(body);
  }

  Field field(std::string_view body) {
    const auto parts = split(body, '|');
    Field field{.name = parts.front()};
    if (field.name.empty())
      fail_here("found a slot without a name; write '{{' for a literal brace");
    if (rules_.fields && std::find(rules_.fields->begin(), rules_.fields->end(), field.name) ==
                             rules_.fields->end()) {
      auto known = *rules_.fields;
      for (const char* word : {"mask", "trigger:N", "sep", "demos"}) known.emplace_back(word);
      fail_here("unknown field '", field.name, "'", suggestion(field.name, known));
    }
    for (std::size_t i = 1; i < parts.size(); ++i) {
      if (parts[i] == "keep") {
        field.keep = true;
        continue;
      }
      const auto* row = std::find_if(kOperators.begin(), kOperators.end(),
                                     [&](const auto& op) { return op.first == parts[i]; });
      if (row == kOperators.end()) {
        std::vector<std::string> known{"keep"};
        for (const auto& [name, op] : kOperators) known.emplace_back(name);
        fail_here("unknown operator '", parts[i], "'", suggestion(parts[i], known));
      }
      field.operators.push_back(row->second);
    }
    return field;
  }

  std::vector<TokenId> ids(std::string_view list, bool unset_allowed) {
    std::vector<TokenId> ids;
    for (const auto& item : split(list, ',')) {
      if (item == "_" && unset_allowed) {
        ids.push_back(kUnsetToken);
        continue;
      }
      const std::int64_t id = integer(item);
      if (id < 0 || id > INT32_MAX) fail_here("expected a token id, found ", id);
      ids.push_back(static_cast<TokenId>(id));
    }
    add_tokens(ids.size());
    return ids;
  }

  // Slots of one kind that stand side by side are one, so the limit is the whole template's.
  void add_tokens(std::size_t count) {
    tokens_ += count;
    if (tokens_ > kMostTokens)
      fail_here("expected at most ", kMostTokens, " tokens, found ", tokens_);
  }

  std::int64_t integer(std::string_view digits) {
    std::int64_t value = 0;
    const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (code != std::errc{} || end != digits.data() + digits.size())
      fail_here("expected a number, found '", digits, "'");
    return value;
  }

  template <class... Parts>
  [[noreturn]] void fail_here(const Parts&... parts) {
    fail(ErrorKind::input, where_, "at character ", code_points(text_.substr(0, at_)) + 1, ": ",
         parts..., ", in '", around(text_, at_), "'");
  }

  std::string_view text_;
  const Template::Rules& rules_;
  const std::string& where_;
  std::size_t at_ = 0, masks_ = 0, tokens_ = 0;
  bool segment_break_ = false, demonstrations_ = false;
};

}  // namespace

bool is_field_name(std::string_view name) {
  for (const char* word : {"mask", "sep", "demos"})
    if (name == word) return false;
  for (const char* start : {"trigger:", "trigger=", "tokens:"})
    if (name.starts_with(start)) return false;
  return !name.empty() && name.find_first_of("{}|") == std::string_view::npos &&
         !invalid_utf8(name);
}

Template::Template(std::vector<Piece> pieces) {
  for (auto& piece : pieces) {
    Piece* before = pieces_.empty() ? nullptr : &pieces_.back();
    if (auto* literal = std::get_if<Literal>(&piece)) {
      if (literal->text.empty()) continue;
      if (auto* last = before ? std::get_if<Literal>(before) : nullptr) {
        last->text += literal->text;
        continue;
      }
    } else if (auto* triggers = std::get_if<TriggerSlots>(&piece)) {
      check_ids(triggers->ids, kUnsetToken, "{trigger}");
      if (join_ids_to<TriggerSlots>(before, triggers->ids)) continue;
    } else if (auto* tokens = std::get_if<FixedTokens>(&piece)) {
      check_ids(tokens->ids, 0, "{tokens}");
      if (join_ids_to<FixedTokens>(before, tokens->ids)) continue;
    } else if (auto* field = std::get_if<Field>(&piece); field && !is_field_name(field->name)) {
      fail(ErrorKind::input, "template", "expected the name of a field, found '", field->name,
           "'; rename it, since it is a slot's name or cannot be written between braces");
    }
    pieces_.push_back(std::move(piece));
  }
}

Template Template::parse(std::string_view text, const Rules& rules, const std::string& where) {
  return Parser(text, rules, where).parse();
}

std::string Template::text() const {
  std::string text;
  for (const auto& piece : pieces_) {
    std::visit(
        Overloaded{
            [&](const Literal& literal) {
              for (const char c : literal.text) text.append(c == '{' || c == '}' ? 2 : 1, c);
            },
            [&](const Field& field) {
              text += "{" + field.name;
              if (field.keep) text += "|keep";
              for (const auto op : field.operators) text.append("|").append(name_of(op));
              text += "}";
            },
            [&](const AnswerSlot&) { text += "{mask}"; },
            [&](const TriggerSlots& triggers) {
              const bool unset = std::all_of(triggers.ids.begin(), triggers.ids.end(),
                                             [](TokenId id) { return id == kUnsetToken; });
              text += unset ? "{trigger:" + std::to_string(triggers.ids.size()) + "}"
                            : "{trigger=" + join_ids(triggers.ids) + "}";
            },
            [&](const FixedTokens& tokens) { text += "{tokens:" + join_ids(tokens.ids) + "}"; },
            [&](const DemonstrationSlot&) { text += "{demos}"; },
            [&](const SegmentBreak&) { text += "{sep}"; },
        },
        piece);
  }
  return text;
}

std::vector<std::string> Template::fields() const {
  std::vector<std::string> names;
  for (const auto& piece : pieces_) {
    const auto* field = std::get_if<Field>(&piece);
    if (field != nullptr && std::find(names.begin(), names.end(), field->name) == names.end())
      names.push_back(field->name);
  }
  return names;
}

std::size_t Template::num_answer_slots() const {
  return static_cast<std::size_t>(std::count_if(pieces_.begin(), pieces_.end(), [](const Piece& p) {
    return std::holds_alternative<AnswerSlot>(p);
  }));
}

std::vector<TokenId> Template::triggers() const {
  std::vector<TokenId> ids;
  for (const auto& piece : pieces_) {
    if (const auto* slots = std::get_if<TriggerSlots>(&piece))
      ids.insert(ids.end(), slots->ids.begin(), slots->ids.end());
  }
  return ids;
}

Template Template::with_triggers(const std::vector<TokenId>& ids) const {
  check_ids(ids, kUnsetToken, "Template::with_triggers");
  Template copy = *this;
  std::size_t next = 0;
  for (auto& piece : copy.pieces_) {
    if (auto* slots = std::get_if<TriggerSlots>(&piece))
      for (auto& id : slots->ids) {
        if (next == ids.size()) break;
        id = ids[next++];
      }
  }
  if (next != ids.size() || triggers().size() != ids.size())
    fail(ErrorKind::internal, "Template::with_triggers", "expected ", triggers().size(),
         " trigger tokens, found ", ids.size());
  return copy;
}

std::string apply_operators(const std::vector<FieldOperator>& operators, std::string_view text) {
  std::string result(text);
  for (const auto op : operators) {
    switch (op) {
      case FieldOperator::lower_first:
        result = lower_first(result);
        break;
      case FieldOperator::strip_final:
        result = strip_final_punctuation(result);
        break;
      case FieldOperator::no_space:
        result = std::string(trim(result));
        break;
    }
  }
  return result;
}

bool has_tail(const Template& tmpl) {
  bool behind = false;
  for (const Piece& piece : tmpl.pieces()) {
    if (std::holds_alternative<AnswerSlot>(piece))
      behind = true;
    else if (behind)
      return true;
  }
  return false;
}

}  // namespace prospect
