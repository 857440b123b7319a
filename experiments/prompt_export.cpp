#include "experiments/prompt_export.h"

#include <algorithm>
#include <cctype>

#include "core/error.h"
#include "core/text.h"
#include "datasets/templates/interchange.h"

namespace prospect {
namespace {

// What no other program reproduces, whichever it is.
std::vector<std::string> common_losses(const FoundPrompt& prompt) {
  std::vector<std::string> losses;
  if (!prompt.text_safe)
    losses.push_back("The prompt's text does not give the tokens that were scored.");
  if (prompt.calibration != Calibration::none)
    losses.push_back("The prompt was scored with the calibration '" +
                     std::string(name_of(prompt.calibration)) + "', which is left out.");
  for (const auto& label : prompt.candidate.verbalizer.labels)
    for (const auto& answer : label.answers)
      if (!answer.ids.empty()) {
        losses.push_back("Label words were found as tokens; their text may give others.");
        return losses;
      }
  return losses;
}

Template text_template(const FoundPrompt& prompt) {
  return Template::parse(prompt.text, {prompt.fields, false});
}

std::string word_of(const LabelAnswers& label) {
  const Answer& answer = label.answers.front();
  if (answer.text.empty())
    fail(ErrorKind::unsupported, "export", "expected label words that are text, found tokens for '",
         label.label, "'");
  return answer.text;
}

bool has_several_answers(const Verbalizer& verbalizer) {
  return std::any_of(verbalizer.labels.begin(), verbalizer.labels.end(),
                     [](const LabelAnswers& label) { return label.answers.size() > 1; });
}

// Template pieces as expressions of Jinja, the language of lm-evaluation-harness.
std::string jinja_string(const std::string& text) {
  return dump_json(text);
}

std::string jinja_field(const Field& field) {
  const auto is_letter = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
  };
  if (!std::all_of(field.name.begin(), field.name.end(), is_letter) ||
      std::isdigit(static_cast<unsigned char>(field.name.front())))
    fail(ErrorKind::unsupported, "export",
         "expected a field whose name is made of letters, digits and underscores, found '",
         field.name, "'");
  std::string expression = field.name;
  for (const auto op : field.operators) {
    switch (op) {
      case FieldOperator::lower_first:
        expression = "(" + expression + "[:1]|lower ~ " + expression + "[1:])";
        break;
      case FieldOperator::strip_final:
        expression = "(" + expression + ").rstrip(\" .,;:!?\")";
        break;
      case FieldOperator::no_space:
        expression = "(" + expression + "|trim)";
        break;
    }
  }
  return expression;
}

bool removes_space(const Piece& piece) {
  const auto* field = std::get_if<Field>(&piece);
  return field != nullptr && std::find(field->operators.begin(), field->operators.end(),
                                       FieldOperator::no_space) != field->operators.end();
}

// Literals and fields of a part of a template; nothing else can stand in a text.
struct TextPart {
  std::vector<Piece> pieces;
  bool has_fields = false;
};

struct Halves {
  TextPart before, after;
  std::string lead;  // white space between the text before and the answer
};

Halves halves_of(const Template& tmpl) {
  Halves halves;
  TextPart* part = &halves.before;
  for (const auto& piece : tmpl.pieces()) {
    if (std::holds_alternative<AnswerSlot>(piece)) {
      part = &halves.after;
    } else if (std::holds_alternative<Literal>(piece)) {
      part->pieces.push_back(piece);
    } else if (std::holds_alternative<Field>(piece)) {
      part->has_fields = true;
      auto* literal = part->pieces.empty() ? nullptr : std::get_if<Literal>(&part->pieces.back());
      if (literal != nullptr && removes_space(piece))
        literal->text.erase(literal->text.find_last_not_of(" \t\n") + 1);
      part->pieces.push_back(piece);
    } else {
      fail(ErrorKind::unsupported, "export",
           "expected a prompt of text and fields, found a second segment or tokens in '",
           tmpl.text(), "'");
    }
  }
  if (!halves.before.pieces.empty()) {
    if (auto* last = std::get_if<Literal>(&halves.before.pieces.back())) {
      const std::size_t end = last->text.find_last_not_of(" \t\n") + 1;
      halves.lead = last->text.substr(end);
      last->text.erase(end);
    }
  }
  return halves;
}

std::string as_jinja(const TextPart& part) {
  std::string text;
  for (const auto& piece : part.pieces) {
    if (const auto* literal = std::get_if<Literal>(&piece)) {
      // Only where Jinja would read it otherwise is text written as an expression.
      text += literal->text.find_first_of("{}") == std::string::npos
                  ? literal->text
                  : "{{ " + jinja_string(literal->text) + " }}";
    } else {
      text += "{{ " + jinja_field(std::get<Field>(piece)) + " }}";
    }
  }
  return text;
}

// The answers with what follows them: a list, or where that depends on the example an expression
// that gives one.
Json choices_of(const FoundPrompt& prompt, const Halves& halves) {
  Json list = Json::array();
  std::string expression;
  for (const auto& label : prompt.candidate.verbalizer.labels) {
    std::string choice = halves.lead + word_of(label);
    std::string terms = jinja_string(choice);
    for (const auto& piece : halves.after.pieces) {
      if (const auto* literal = std::get_if<Literal>(&piece)) {
        choice += literal->text;
        terms += " ~ " + jinja_string(literal->text);
      } else {
        terms += " ~ " + jinja_field(std::get<Field>(piece));
      }
    }
    list.push_back(choice);
    expression += (expression.empty() ? "" : ", ") + terms;
  }
  return halves.after.has_fields ? Json("{{ [" + expression + "] }}") : list;
}

std::string identifier(const std::string& text) {
  std::string name;
  for (const char c : text) name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return name;
}

std::string test_lines(const Task& task, std::span<const Example> test) {
  std::string lines;
  for (const auto& example : test) {
    Json line(example.fields);
    line["label_index"] = example.label;
    if (example.label >= 0) line["label"] = task.labels.at(static_cast<std::size_t>(example.label));
    line["id"] = example.id;
    lines += dump_json(line) + "\n";
  }
  return lines;
}

}  // namespace

PromptExport export_lm_eval(const FoundPrompt& prompt, const Task& task,
                            std::span<const Example> test, const std::string& folder) {
  PromptExport result{{}, common_losses(prompt)};
  Halves halves = halves_of(text_template(prompt));
  if (prompt.scoring.tail == Tail::drop) halves.after = {};
  if (has_several_answers(prompt.candidate.verbalizer))
    result.losses.push_back("Only the first answer of each label is scored.");
  if (prompt.scoring.norm == LengthNorm::tokens || prompt.scoring.norm == LengthNorm::characters)
    result.losses.push_back(
        "The harness divides a log-likelihood by bytes or not at all, and not "
        "by " +
        std::string(name_of(prompt.scoring.norm)) + ".");
  const std::string rank = prompt.origin.value("rank", Json()).is_number()
                               ? "_rank" + dump_json(prompt.origin["rank"])
                               : "";
  const std::string name = "prospect_" + identifier(prompt.task) + rank;
  const std::string data = name + ".test.jsonl";
  const std::string metric = prompt.scoring.norm == LengthNorm::bytes ? "acc_norm" : "acc";
  const auto quoted = [](const Json& value) { return dump_json(value); };
  // A JSON value is a YAML value.
  std::string yaml = "# Found by prospect for " + quoted(prompt.model) +
                     ". If the data move, change data_files.\n";
  for (const auto& loss : result.losses) yaml += "# Differs from prospect: " + loss + "\n";
  yaml +=
      "task: " + quoted(name) + "\ndataset_path: json\ndataset_kwargs:\n  data_files:\n    test: " +
      quoted((folder.empty() ? "" : folder + "/") + data) +
      "\ntest_split: test\noutput_type: multiple_choice\ndoc_to_text: " +
      quoted(as_jinja(halves.before)) +
      "\ndoc_to_target: label_index\ndoc_to_choice: " + quoted(choices_of(prompt, halves)) +
      "\ntarget_delimiter: \"\"\nmetric_list:\n  - metric: " + metric +
      "\n    aggregation: mean\n    higher_is_better: true\nmetadata:\n  version: 1\n  prospect: " +
      quoted({{"origin", prompt.origin},
              {"scores", prompt.scores},
              {"model_fingerprint", prompt.model_fingerprint}}) +
      "\n";
  result.files[name + ".yaml"] = yaml;
  result.files[data] = test_lines(task, test);
  return result;
}

PromptExport export_openprompt(const FoundPrompt& prompt, const Task& task) {
  PromptExport result{{}, common_losses(prompt)};
  Json words = Json::object();
  for (const auto& label : prompt.candidate.verbalizer.labels)
    for (const auto& answer : label.answers) {
      word_of({label.label, {answer}});
      words[label.label].push_back(answer.text);
    }
  if (has_several_answers(prompt.candidate.verbalizer))
    result.losses.push_back(
        "OpenPrompt takes the mean of a label's logits over its words, and not "
        "the sum of their probabilities.");
  result.files["template.txt"] =
      write_template(TemplateFormat::openprompt, text_template(prompt), task.fields) + "\n";
  result.files["verbalizer.json"] = words.dump(2) + "\n";
  return result;
}

PromptExport export_lm_bff(const FoundPrompt& prompt, const Task& task,
                           const std::map<std::string, std::string>& label_names) {
  PromptExport result{{}, common_losses(prompt)};
  if (has_several_answers(prompt.candidate.verbalizer))
    result.losses.push_back("LM-BFF has one word a label: the first of each stands there.");
  std::string mapping;
  for (const auto& label : prompt.candidate.verbalizer.labels) {
    std::string in_file = label.label;
    for (const auto& [text, name] : label_names)
      if (name == label.label) in_file = text;
    for (const std::string& text : {in_file, word_of(label)})
      if (text.find_first_of("'\\\t\n") != std::string::npos)
        fail(ErrorKind::unsupported, "export",
             "expected labels and words without quotes, backslashes and tabs for LM-BFF, found '",
             text, "'");
    mapping += (mapping.empty() ? "{'" : ",'") + in_file + "':'" + word_of(label) + "'";
  }
  mapping += "}";
  const std::string tmpl =
      write_template(TemplateFormat::lm_bff, text_template(prompt), task.fields);
  result.files["prompt.txt"] = tmpl + "\t" + mapping + "\n";
  result.files["template.txt"] = tmpl + "\n";
  result.files["mapping.txt"] = mapping + "\n";
  return result;
}

}  // namespace prospect
