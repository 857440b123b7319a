#include "search/detail/scored.h"

#include <cmath>

namespace prospect {
namespace {

double number_or_null(const Json& json) {
  return json.is_null() ? kUnscored : json.get<double>();
}

Json null_or_number(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

}  // namespace

std::vector<Example> examples_of(const Outcome& outcome, const Task& task) {
  const auto pool = task.pool(outcome.pool);
  std::vector<Example> examples;
  examples.reserve(outcome.examples.size());
  for (const auto index : outcome.examples) examples.push_back(pool[index]);
  return examples;
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
          {"value", null_or_number(scored.value)},
          {"log_likelihood", null_or_number(scored.log_likelihood)},
          {"right", scored.right}};
}

Scored scored_from_json(const Json& json) {
  return {candidate_from_json(JsonReader(json, "state").at("candidate")),
          json.at("trial").get<TrialId>(), number_or_null(json.at("value")),
          number_or_null(json.at("log_likelihood")), json.at("right").get<std::string>()};
}

}  // namespace prospect
