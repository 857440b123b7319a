#include "core/task.h"

#include <algorithm>

#include "core/error.h"

namespace prospect {
namespace {

std::string answer_text(const Candidate& candidate, const Example& example) {
  const auto& labels = candidate.verbalizer.labels;
  if (example.label < 0 || static_cast<std::size_t>(example.label) >= labels.size())
    fail(ErrorKind::input, candidate.tmpl.text(),
         "expected a demonstration with one of the candidate's ", labels.size(),
         " labels, found label ", example.label, " of '", example.id, "'");
  const LabelAnswers& label = labels[static_cast<std::size_t>(example.label)];
  if (label.answers.empty() || label.answers.front().text.empty())
    fail(ErrorKind::unsupported, candidate.tmpl.text(),
         "expected a text for the first answer of label '", label.label,
         "', found token ids alone; a demonstration is text");
  return label.answers.front().text;
}

// The template filled with an example and its answer, up to where the demonstrations stand.
std::string demonstration_text(const Candidate& candidate, const Example& example) {
  std::string text;
  for (const auto& piece : candidate.tmpl.pieces()) {
    if (const auto* literal = std::get_if<Literal>(&piece)) {
      text += literal->text;
    } else if (const auto* field = std::get_if<Field>(&piece)) {
      const auto value = example.fields.find(field->name);
      if (value == example.fields.end())
        fail(ErrorKind::input, candidate.tmpl.text(), "expected a demonstration with the field '",
             field->name, "', found none in '", example.id, "'");
      text += apply_operators(field->operators, value->second);
    } else if (std::holds_alternative<AnswerSlot>(piece)) {
      text += answer_text(candidate, example);
    } else if (!std::holds_alternative<DemonstrationSlot>(piece)) {
      fail(ErrorKind::unsupported, candidate.tmpl.text(),
           "expected a template of text, fields and {mask} beside {demos}; triggers, tokens and "
           "{sep} cannot be repeated in a demonstration");
    }
  }
  return text;
}

}  // namespace

std::string_view name_of(Pool pool) {
  switch (pool) {
    case Pool::support:
      return "support";
    case Pool::dev:
      return "dev";
    case Pool::unlabelled:
      return "unlabelled";
  }
  return "";
}

std::span<const Example> Task::pool(Pool pool) const {
  switch (pool) {
    case Pool::support:
      return support;
    case Pool::dev:
      return dev;
    case Pool::unlabelled:
      return unlabelled;
  }
  return {};
}

Candidate with_demonstrations(const Candidate& candidate, const Task& task) {
  const auto& pieces = candidate.tmpl.pieces();
  const bool has_slot = std::any_of(pieces.begin(), pieces.end(), [](const Piece& piece) {
    return std::holds_alternative<DemonstrationSlot>(piece);
  });
  if (!has_slot) return candidate;

  std::string text;
  for (const auto& id : candidate.demonstrations.example_ids) {
    const auto example = std::find_if(task.support.begin(), task.support.end(),
                                      [&](const Example& e) { return e.id == id; });
    if (example == task.support.end())
      fail(ErrorKind::input, candidate.tmpl.text(),
           "expected a demonstration of the support set, found '", id, "'");
    text += demonstration_text(candidate, *example) + "\n";
  }

  Candidate result = candidate;
  std::vector<Piece> replaced;
  for (const auto& piece : pieces) {
    if (std::holds_alternative<DemonstrationSlot>(piece))
      replaced.emplace_back(Literal{text});
    else
      replaced.push_back(piece);
  }
  result.tmpl = Template(std::move(replaced));
  return result;
}

}  // namespace prospect
