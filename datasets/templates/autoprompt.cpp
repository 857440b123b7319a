// AutoPrompt's templates: `{name}` is a field, `[T]` a trigger slot, `[P]` the answer. The special
// tokens of BERT or RoBERTa at both ends, which AutoPrompt has its users write, are the model's
// business here and dropped. Source: Shin et al. 2020.

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "core/text.h"
#include "datasets/templates/formats.h"

namespace prospect::templates {
namespace {

constexpr std::string_view kTrigger = "[T]", kAnswer = "[P]", kBreak = "[SEP]";

// `text` without the special tokens that start and end a sequence, and the space inside them.
std::string_view without_ends(std::string_view text) {
  for (const std::string_view start : {"[CLS]", "<s>"}) {
    if (!text.starts_with(start)) continue;
    text.remove_prefix(start.size());
    if (text.starts_with(' ')) text.remove_prefix(1);
  }
  for (const std::string_view end : {"[SEP]", "</s>"}) {
    if (!text.ends_with(end)) continue;
    text.remove_suffix(end.size());
    if (text.ends_with(' ')) text.remove_suffix(1);
  }
  return text;
}

Field read_field(std::string_view name, Fields fields, const std::string& where) {
  const auto known = std::find(fields.begin(), fields.end(), name);
  if (known == fields.end())
    fail(ErrorKind::input, where, "unknown field '", name, "'",
         suggestion(name, std::vector<std::string>(fields.begin(), fields.end())));
  return {*known, false, {}};
}

}  // namespace

Template read_autoprompt(std::string_view text, Fields fields, const std::string& where) {
  text = without_ends(text);
  std::vector<Piece> pieces;
  while (!text.empty()) {
    std::size_t length = 1;
    if (text.starts_with(kTrigger)) {
      append_trigger(pieces);
      length = kTrigger.size();
    } else if (text.starts_with(kAnswer)) {
      pieces.emplace_back(AnswerSlot{});
      length = kAnswer.size();
    } else if (text.starts_with(kBreak)) {
      pieces.emplace_back(SegmentBreak{});
      length = kBreak.size();
    } else if (text.starts_with("{{") || text.starts_with("}}")) {
      append_literal(pieces, text.substr(0, 1));
      length = 2;
    } else if (text.starts_with('{')) {
      const std::size_t end = text.find('}');
      if (end == std::string_view::npos)
        fail(ErrorKind::input, where, "expected '}' after '", text, "'");
      pieces.emplace_back(read_field(text.substr(1, end - 1), fields, where));
      length = end + 1;
    } else {
      append_literal(pieces, text.substr(0, 1));
    }
    text.remove_prefix(length);
  }
  return with_one_mask(std::move(pieces), where);
}

std::string write_autoprompt(const Template& tmpl, Fields fields) {
  std::string text;
  for (const auto& piece : tmpl.pieces()) {
    if (const auto* literal = std::get_if<Literal>(&piece)) {
      for (const auto slot : {kTrigger, kAnswer, kBreak})
        if (literal->text.find(slot) != std::string::npos)
          fail_unwritable(tmpl, "AutoPrompt", "the text " + std::string(slot));
      for (const char c : literal->text) text.append(c == '{' || c == '}' ? 2 : 1, c);
    } else if (const auto* field = std::get_if<Field>(&piece)) {
      index_of(fields, field->name, fields.size(), tmpl);
      if (field->keep || !field->operators.empty())
        fail_unwritable(tmpl, "AutoPrompt", "operators of a field");
      text += "{" + field->name + "}";
    } else if (const auto* triggers = std::get_if<TriggerSlots>(&piece)) {
      check_unset(*triggers, tmpl);
      for (std::size_t i = 0; i < triggers->ids.size(); ++i)
        text.append(i > 0 ? " " : "").append(kTrigger);
    } else if (std::holds_alternative<AnswerSlot>(piece)) {
      text += kAnswer;
    } else if (std::holds_alternative<SegmentBreak>(piece)) {
      text += kBreak;
    } else {
      fail_unwritable(tmpl, "AutoPrompt", Template({piece}).text());
    }
  }
  if (without_ends(text) != text)
    fail_unwritable(tmpl, "AutoPrompt", "a special token at the start or the end");
  return text;
}

}  // namespace prospect::templates
