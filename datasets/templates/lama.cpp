// LAMA's templates: `[X]` is the subject, `[Y]` the answer, everything else text. LPAQA's mined and
// paraphrased templates and AutoPrompt's published prompts are written alike.
// Source: Petroni et al. 2019; Jiang et al. 2020.

#include <utility>

#include "datasets/templates/formats.h"

namespace prospect::templates {
namespace {

constexpr std::string_view kSubject = "[X]", kAnswer = "[Y]";

}  // namespace

Template read_lama(std::string_view text, Fields fields, const std::string& where) {
  std::vector<Piece> pieces;
  while (!text.empty()) {
    if (text.starts_with(kSubject)) {
      pieces.emplace_back(Field{field_at(fields, 0, where), false, {}});
      text.remove_prefix(kSubject.size());
    } else if (text.starts_with(kAnswer)) {
      pieces.emplace_back(AnswerSlot{});
      text.remove_prefix(kAnswer.size());
    } else {
      append_literal(pieces, text.substr(0, 1));
      text.remove_prefix(1);
    }
  }
  return with_one_mask(std::move(pieces), where);
}

std::string write_lama(const Template& tmpl, Fields fields) {
  std::string text;
  for (const auto& piece : tmpl.pieces()) {
    if (const auto* literal = std::get_if<Literal>(&piece)) {
      for (const auto slot : {kSubject, kAnswer})
        if (literal->text.find(slot) != std::string::npos)
          fail_unwritable(tmpl, "LAMA", "the text " + std::string(slot));
      text += literal->text;
    } else if (const auto* field = std::get_if<Field>(&piece)) {
      index_of(fields, field->name, 1, tmpl);
      if (field->keep || !field->operators.empty())
        fail_unwritable(tmpl, "LAMA", "operators of a field");
      text += kSubject;
    } else if (std::holds_alternative<AnswerSlot>(piece)) {
      text += kAnswer;
    } else {
      fail_unwritable(tmpl, "LAMA", Template({piece}).text());
    }
  }
  return text;
}

}  // namespace prospect::templates
