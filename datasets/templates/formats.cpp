#include "datasets/templates/formats.h"

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "core/text.h"

namespace prospect::templates {

const std::string& field_at(Fields fields, std::size_t index, const std::string& where) {
  if (index >= fields.size())
    fail(ErrorKind::input, where, "expected a task with at least ", index + 1,
         " fields for this template, found ", fields.size());
  return fields[index];
}

std::size_t index_of(Fields fields, const std::string& name, std::size_t limit,
                     const Template& tmpl) {
  const auto found = std::find(fields.begin(), fields.end(), name);
  const auto index = static_cast<std::size_t>(found - fields.begin());
  if (index >= std::min(limit, fields.size()))
    fail(ErrorKind::unsupported, tmpl.text(), "expected one of the first ", limit,
         " fields of the task, which the format can name, found '", name, "'");
  return index;
}

Template with_one_mask(std::vector<Piece> pieces, const std::string& where) {
  Template tmpl(std::move(pieces));
  const std::size_t count = tmpl.num_answer_slots();
  if (count == 0)
    fail(ErrorKind::input, where, "expected an answer slot, found none in '", tmpl.text(), "'");
  if (count > 1)
    fail(ErrorKind::unsupported, where, "expected one answer slot, found ", count, " in '",
         tmpl.text(), "'");
  return tmpl;
}

void append_literal(std::vector<Piece>& pieces, std::string_view text) {
  if (text.empty()) return;
  if (!pieces.empty()) {
    if (auto* last = std::get_if<Literal>(&pieces.back())) {
      last->text += text;
      return;
    }
  }
  pieces.emplace_back(Literal{std::string(text)});
}

void append_trigger(std::vector<Piece>& pieces) {
  const std::size_t count = pieces.size();
  if (count >= 2 && pieces[count - 1] == Piece(Literal{" "}) &&
      std::holds_alternative<TriggerSlots>(pieces[count - 2]))
    pieces.pop_back();
  if (pieces.empty() || !std::holds_alternative<TriggerSlots>(pieces.back()))
    pieces.emplace_back(TriggerSlots{});
  std::get<TriggerSlots>(pieces.back()).ids.push_back(kUnsetToken);
}

void check_unset(const TriggerSlots& slots, const Template& tmpl) {
  for (const TokenId id : slots.ids)
    if (id != kUnsetToken)
      fail(ErrorKind::unsupported, tmpl.text(), "expected trigger slots without tokens, found ", id,
           "; write the prompt as text first");
}

void fail_unwritable(const Template& tmpl, std::string_view format, const std::string& piece) {
  fail(ErrorKind::unsupported, tmpl.text(), "expected what a template of ", format,
       " can hold, found ", piece);
}

}  // namespace prospect::templates
