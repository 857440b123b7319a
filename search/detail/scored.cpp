#include "search/detail/scored.h"

#include <cmath>

#include "search/detail/examples.h"

namespace prospect {
Json score_to_json(double score) {
  return std::isfinite(score) ? Json(score) : Json(nullptr);
}

double score_from_json(const Json& json) {
  return json.is_null() ? kUnscored : json.get<double>();
}

std::vector<Example> examples_of(const Outcome& outcome, const Task& task) {
  return examples_at(task.pool(outcome.pool), outcome.examples);
}

Judgement judgement_of(const Trial& trial, const Task& task) {
  const auto& verbalizer = std::get<Candidate>(trial.entry).verbalizer;
  return judge(task.labels, label_log_probs(verbalizer, trial.outcome.rows),
               examples_of(trial.outcome, task));
}

Scored scored_by(const Trial& trial, const SearchContext* context) {
  const auto number = [&](double value) {
    return trial.status == Status::scored && !std::isnan(value) ? value : kUnscored;
  };
  Scored scored{std::get<Candidate>(trial.entry),
                trial.id,
                number(trial.evaluation.value),
                number(trial.evaluation.log_likelihood),
                {}};
  if (context != nullptr && trial.status == Status::scored && !trial.outcome.rows.empty()) {
    const Judgement judgement = judgement_of(trial, context->task);
    for (std::size_t i = 0; i < judgement.size(); ++i)
      scored.right += judgement.predicted[i] == judgement.gold[i] ? '1' : '0';
  }
  return scored;
}

bool better(const Scored& a, const Scored& b) {
  return a.value != b.value ? a.value > b.value : a.log_likelihood > b.log_likelihood;
}

Json to_json(const Scored& scored) {
  return {{"candidate", to_json(scored.candidate)},
          {"trial", scored.trial},
          {"value", score_to_json(scored.value)},
          {"log_likelihood", score_to_json(scored.log_likelihood)},
          {"right", scored.right}};
}

Scored scored_from_json(const Json& json) {
  return {candidate_from_json(JsonReader(json, "state").at("candidate")),
          json.at("trial").get<TrialId>(), score_from_json(json.at("value")),
          score_from_json(json.at("log_likelihood")), json.at("right").get<std::string>()};
}

Json to_json(std::span<const Scored> all) {
  Json json = Json::array();
  for (const auto& scored : all) json.push_back(to_json(scored));
  return json;
}

std::vector<Scored> all_scored_from_json(const Json& json) {
  std::vector<Scored> all;
  for (const auto& scored : json) all.push_back(scored_from_json(scored));
  return all;
}

Json to_json(const std::optional<Scored>& scored) {
  return scored ? to_json(*scored) : Json(nullptr);
}

std::optional<Scored> optional_scored_from_json(const Json& json) {
  if (json.is_null()) return std::nullopt;
  return scored_from_json(json);
}

}  // namespace prospect
