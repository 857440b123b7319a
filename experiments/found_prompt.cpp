#include "experiments/found_prompt.h"

#include "core/ensemble.h"
#include "core/error.h"
#include "experiments/transfer.h"

namespace prospect {
namespace {

constexpr std::int64_t kVersion = 1;

Calibration stored_calibration(const JsonReader& scoring) {
  return scoring.has("calibration") ? calibration_from_json(scoring.at("calibration"))
                                    : Calibration::none;
}

bool has_ids(const Verbalizer& verbalizer) {
  for (const auto& label : verbalizer.labels)
    for (const auto& answer : label.answers)
      if (!answer.ids.empty()) return true;
  return false;
}

}  // namespace

FoundPrompt found_prompt(const LeaderboardRow& row, const Task& task, const Vocabulary* home) {
  FoundPrompt prompt;
  if (std::holds_alternative<Ensemble>(row.entry))
    fail(ErrorKind::unsupported, "export", "expected a single prompt, found that rank ",
         row.rank.value_or(0), " is an ensemble of ", parts_of(row.entry).size(),
         "; export a candidate's rank, for instance that of a member");
  if (std::holds_alternative<SoftPrompt>(row.entry))
    fail(ErrorKind::unsupported, "export", "expected a prompt of tokens, found that rank ",
         row.rank.value_or(0), " is a soft prompt, whose vectors no text says");
  const auto& candidate = std::get<Candidate>(row.entry);
  prompt.candidate = with_demonstrations(candidate, task);
  prompt.candidate.demonstrations = {};
  prompt.text =
      home == nullptr ? prompt.candidate.tmpl.text() : home->as_text(prompt.candidate.tmpl).text();
  prompt.text_safe = row.shown.text_safe;
  prompt.fields = task.fields;
  prompt.task = row.task;
  prompt.model = row.model;
  prompt.model_fingerprint = row.model_fingerprint;
  const Json json = to_json(row);
  const JsonReader scoring(row.scoring, "scoring");
  prompt.scoring = scoring_spec_from_json(scoring);
  prompt.calibration = stored_calibration(scoring);
  prompt.scores = {{"metric", row.metric}, {"dev", json.at("dev")}, {"test", json.at("test")}};
  for (const char* key : {"strategy", "rank", "split_seed", "seed", "trial"})
    prompt.origin[key] = json.at(key);
  return prompt;
}

Json to_json(const FoundPrompt& prompt) {
  Json json = to_json(prompt.candidate);
  Json scoring = to_json(prompt.scoring);
  scoring["calibration"] = name_of(prompt.calibration);
  json.update({{"prospect_prompt", kVersion},
               {"text", prompt.text},
               {"text_safe", prompt.text_safe},
               {"fields", prompt.fields},
               {"task", prompt.task},
               {"model", prompt.model},
               {"model_fingerprint", prompt.model_fingerprint},
               {"scoring", scoring},
               {"scores", prompt.scores},
               {"origin", prompt.origin}});
  return json;
}

FoundPrompt found_prompt_from_json(const JsonReader& reader) {
  if (!reader.value().is_object() || !reader.has("prospect_prompt"))
    reader.fail_expected("a prompt as `prospect export RUN --to json` writes it");
  const std::int64_t version = reader.at("prospect_prompt").integer(1);
  if (version > kVersion)
    fail(ErrorKind::unsupported, reader.where(), "expected a prompt of version ", kVersion,
         ", found version ", version, "; use a newer prospect");
  FoundPrompt prompt;
  prompt.fields = reader.at("fields").strings();
  prompt.candidate = candidate_from_json(reader);
  const JsonReader tmpl = reader.at("template");
  Template::parse(tmpl.string(), {prompt.fields, false}, tmpl.where());
  prompt.text = reader.at("text").string();
  Template::parse(prompt.text, {prompt.fields, false}, reader.at("text").where());
  prompt.text_safe = reader.at("text_safe").boolean();
  prompt.task = reader.at("task").string();
  prompt.model = reader.at("model").string();
  prompt.model_fingerprint = reader.at("model_fingerprint").string();
  prompt.scoring = scoring_spec_from_json(reader.at("scoring"));
  prompt.calibration = stored_calibration(reader.at("scoring"));
  if (reader.has("scores")) prompt.scores = reader.at("scores").value();
  if (reader.has("origin")) prompt.origin = reader.at("origin").value();
  return prompt;
}

Candidate candidate_for(const FoundPrompt& prompt, const std::string& model_fingerprint) {
  if (model_fingerprint == prompt.model_fingerprint) return prompt.candidate;
  Candidate candidate = prompt.candidate;
  candidate.tmpl = Template::parse(prompt.text);
  if (!prompt.text_safe || has_ids(candidate.verbalizer))
    fail(ErrorKind::unsupported, "prompt", "expected the model that it was found for (",
         prompt.model, ", ", prompt.model_fingerprint, "), found another (", model_fingerprint,
         "); its tokens are no text that another model reads");
  return candidate;
}

}  // namespace prospect
