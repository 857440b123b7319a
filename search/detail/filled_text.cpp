#include "search/detail/filled_text.h"

#include <algorithm>

#include "core/error.h"
#include "core/text.h"

namespace prospect {
namespace {

// Tokens that the text may have beside those of the filled template: pieces that join otherwise.
constexpr std::size_t kMargin = 2;

// The example with its longest field shortened until template and answer fit.
Example fitting_example(const Template& tmpl, const Vocabulary& vocabulary, Example example,
                        std::string_view answer) {
  const std::size_t room = vocabulary.encode(answer, false).size() + kMargin;
  while (true) {
    const Filled filled = vocabulary.fill(tmpl, example, room);
    if ((!filled.failure && filled.truncated_tokens == 0) || example.fields.empty()) return example;
    std::string& longest = std::max_element(example.fields.begin(), example.fields.end(),
                                            [](const auto& a, const auto& b) {
                                              return a.second.size() < b.second.size();
                                            })
                               ->second;
    if (longest.empty()) return example;
    const std::size_t end = longest.find_last_of(' ');
    longest.resize(end == std::string::npos ? 0 : end);
  }
}

bool has_demonstrations(const Template& tmpl) {
  return std::any_of(tmpl.pieces().begin(), tmpl.pieces().end(), [](const Piece& piece) {
    return std::holds_alternative<DemonstrationSlot>(piece);
  });
}

}  // namespace

std::string filled_text(const Template& tmpl, const Vocabulary& vocabulary, const Example& given,
                        std::string_view answer) {
  const Template written = vocabulary.as_text(tmpl);
  const Example example =
      has_demonstrations(written) ? given : fitting_example(written, vocabulary, given, answer);
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
