#include "search/detail/filled_text.h"

#include "core/error.h"
#include "core/text.h"

namespace prospect {

std::string filled_text(const Template& tmpl, const Vocabulary& vocabulary, const Example& example,
                        std::string_view answer) {
  const Template written = vocabulary.as_text(tmpl);
  std::string text;
  for (const auto& piece : written.pieces()) {
    if (const auto* literal = std::get_if<Literal>(&piece)) {
      text += literal->text;
    } else if (const auto* field = std::get_if<Field>(&piece)) {
      const auto value = example.fields.find(field->name);
      if (value == example.fields.end())
        fail(ErrorKind::input, tmpl.text(), "expected an example with the field '", field->name,
             "', found none in '", example.id, "'");
      text += apply_operators(field->operators, value->second);
    } else if (std::holds_alternative<AnswerSlot>(piece)) {
      text += answer;
    } else if (const auto* fixed = std::get_if<FixedTokens>(&piece)) {
      text += vocabulary.decode(fixed->ids);
    } else if (std::holds_alternative<SegmentBreak>(piece)) {
      text += ' ';
    }
  }
  return std::string(trim(text));
}

}  // namespace prospect
