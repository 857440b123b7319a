// What the engine remembers between two rounds, as JSON.

#include <cmath>
#include <utility>

#include "search/detail/rng_state.h"
#include "search/gradient_search.h"

namespace prospect {
namespace {

Json contender_to_json(const Contender& contender) {
  Json log_p = Json::array();
  for (const double value : contender.gold_log_p) log_p.push_back(score_to_json(value));
  return {{"candidate", to_json(contender.candidate)},
          {"trial", contender.trial},
          {"score", score_to_json(contender.score)},
          {"gold_log_p", std::move(log_p)},
          {"all_right", contender.all_right}};
}

Contender contender_from_json(const Json& json) {
  Contender contender{candidate_from_json(JsonReader(json, "state").at("candidate")),
                      json.at("trial").get<TrialId>(),
                      score_from_json(json.at("score")),
                      {},
                      json.at("all_right").get<bool>()};
  for (const auto& value : json.at("gold_log_p"))
    contender.gold_log_p.push_back(score_from_json(value));
  return contender;
}

template <class T, class Function>
Json optional_to_json(const std::optional<T>& value, const Function& write) {
  return value ? write(*value) : Json(nullptr);
}

template <class Function>
auto optional_from_json(const Json& json, const Function& read)
    -> std::optional<decltype(read(json))> {
  if (json.is_null()) return std::nullopt;
  return read(json);
}

}  // namespace

State GradientSearch::save() const {
  const auto scored = [](const Scored& value) { return to_json(value); };
  const auto iteration = [](const Iteration& value) {
    Json draft = Json::array();
    for (const double score : value.draft)
      draft.push_back(std::isnan(score) ? Json() : Json(score));
    return Json{{"batch", value.batch},
                {"slots", value.slots},
                {"shortlists", value.shortlists},
                {"waiting", value.waiting},
                {"draft", std::move(draft)},
                {"incumbent", optional_to_json(value.incumbent, contender_to_json)},
                {"best", optional_to_json(value.best, contender_to_json)},
                {"probed", value.probed}};
  };
  Json buffer = Json::array();
  for (const auto& contender : buffer_) buffer.push_back(contender_to_json(contender));
  return {{{"phase", static_cast<int>(phase_)},
           {"rng", rng_to_json(rng_)},
           {"iteration", iteration_},
           {"without_gain", without_gain_},
           {"stop_after_dev", stop_after_dev_},
           {"tried", tried_.to_json()},
           {"incumbent", optional_to_json(incumbent_, scored)},
           {"best", optional_to_json(best_, scored)},
           {"current", optional_to_json(current_, iteration)},
           {"buffer", std::move(buffer)}},
          {}};
}

void GradientSearch::restore(const State& state) {
  const auto iteration = [](const Json& json) {
    Iteration value;
    json.at("batch").get_to(value.batch);
    json.at("slots").get_to(value.slots);
    json.at("shortlists").get_to(value.shortlists);
    json.at("waiting").get_to(value.waiting);
    for (const auto& score : json.at("draft"))
      value.draft.push_back(score.is_null() ? std::nan("") : score.get<double>());
    value.incumbent = optional_from_json(json.at("incumbent"), contender_from_json);
    value.best = optional_from_json(json.at("best"), contender_from_json);
    value.probed = json.at("probed").get<bool>();
    return value;
  };
  const Json& values = state.values;
  std::vector<Contender> buffer;
  for (const auto& json : values.at("buffer")) buffer.push_back(contender_from_json(json));
  auto incumbent = optional_from_json(values.at("incumbent"), scored_from_json);
  auto best = optional_from_json(values.at("best"), scored_from_json);
  auto current = optional_from_json(values.at("current"), iteration);
  const auto phase = static_cast<Phase>(values.at("phase").get<int>());
  const auto count = values.at("iteration").get<std::int64_t>();
  const auto without_gain = values.at("without_gain").get<std::int64_t>();
  const auto stop_after_dev = values.at("stop_after_dev").get<bool>();
  TriedSwaps tried;
  tried.read(values.at("tried"));
  rng_ = rng_from_json(values.at("rng"));

  phase_ = phase;
  iteration_ = count;
  without_gain_ = without_gain;
  stop_after_dev_ = stop_after_dev;
  incumbent_ = std::move(incumbent);
  best_ = std::move(best);
  current_ = std::move(current);
  buffer_ = std::move(buffer);
  tried_ = std::move(tried);
}

}  // namespace prospect
