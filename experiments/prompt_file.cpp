#include "experiments/prompt_file.h"

#include "core/error.h"
#include "core/files.h"
#include "core/text.h"

namespace prospect {
namespace {

Template parse_template(const std::string& text, const PromptRules& rules,
                        const std::string& where) {
  return Template::parse(text, {rules.fields, false}, where);
}

Candidate parse_json_prompt(const std::string& line, const PromptRules& rules,
                            const std::string& where) {
  Json value;
  try {
    value = parse_json(line, where);
  } catch (const Error& error) {
    // The parser counts lines inside of what it was given, which is this one.
    throw Error(error.kind(), where, error.message());
  }
  const JsonReader reader(value, where);
  reader.allow_only({"template", "verbalizer"});
  const JsonReader tmpl = reader.at("template");
  if (!reader.has("verbalizer")) return parse_candidate(tmpl.string(), rules, tmpl.where());
  return {parse_template(tmpl.string(), rules, tmpl.where()),
          verbalizer_from_json(reader.at("verbalizer"), rules.labels),
          {}};
}

}  // namespace

Verbalizer parse_label_words(const std::string& text, const std::vector<std::string>& labels) {
  Json words = Json::object();
  for (const auto& part : split(text, ';')) {
    if (trim(part).empty()) continue;
    const auto equals = part.find('=');
    if (equals == std::string::npos)
      fail(ErrorKind::usage, "--labels", "expected label=word[,word...], found '", part, "'");
    const std::string label(trim(std::string_view(part).substr(0, equals)));
    Json answers = Json::array();
    for (const auto& word : split(std::string_view(part).substr(equals + 1), ',')) {
      if (trim(word).empty())
        fail(ErrorKind::usage, "--labels", "expected a word for label '", label, "', found none");
      answers.push_back(std::string(trim(word)));
    }
    if (words.contains(label))
      fail(ErrorKind::usage, "--labels", "expected label '", label, "' once, found it twice");
    words[label] = std::move(answers);
  }
  for (const auto& label : labels) {
    if (!words.contains(label) && words.size() < labels.size())
      fail(ErrorKind::usage, "--labels", "expected words for label '", label, "', found none");
  }
  try {
    return verbalizer_from_json(JsonReader(words, "--labels"), labels);
  } catch (const Error& error) {
    throw Error(ErrorKind::usage, "--labels", error.message());
  }
}

Candidate parse_candidate(const std::string& tmpl, const PromptRules& rules,
                          const std::string& where) {
  Candidate candidate{parse_template(tmpl, rules, where), {}, {}};
  if (!rules.fallback)
    fail(ErrorKind::usage, "--labels", "expected label words for '", tmpl,
         "', found none; the task has no manual prompt to take them from");
  candidate.verbalizer = *rules.fallback;
  return candidate;
}

std::vector<Candidate> read_prompt_file(const std::filesystem::path& path,
                                        const PromptRules& rules) {
  std::vector<Candidate> candidates;
  std::size_t number = 0;
  for (auto& line : split(read_text_file(path), '\n')) {
    const std::string where = path.string() + ":" + std::to_string(++number);
    if (line.ends_with('\r')) line.pop_back();
    if (trim(line).empty()) continue;
    // No template starts so: a field's name holds no quotes.
    candidates.push_back(line.starts_with("{\"") ? parse_json_prompt(line, rules, where)
                                                 : parse_candidate(line, rules, where));
  }
  if (candidates.empty())
    fail(ErrorKind::input, path.string(), "expected a template on each line, found none");
  return candidates;
}

}  // namespace prospect
