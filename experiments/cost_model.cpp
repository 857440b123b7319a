#include "experiments/cost_model.h"

#include <algorithm>
#include <cmath>

namespace prospect {
namespace {

CostRow row_of(const StrategyRate& rate, std::int64_t evaluations) {
  const double share = rate.evaluations == 0 ? 0
                                             : static_cast<double>(evaluations) /
                                                   static_cast<double>(rate.evaluations);
  return {rate.label, evaluations, std::llround(share * static_cast<double>(rate.tokens)),
          share * rate.seconds};
}

// What a strategy spends of its room. Patience and a target are met who knows when: left out.
std::int64_t evaluations_of(const StrategyRate& rate, const Rooms& rooms) {
  std::int64_t room = rooms.evaluations;
  const auto at_most = [&](std::optional<std::int64_t> limit, std::int64_t measured) {
    if (!limit || measured <= 0) return;
    const double part = static_cast<double>(*limit) / static_cast<double>(measured);
    room = std::min<std::int64_t>(room, std::llround(part * static_cast<double>(rate.evaluations)));
  };
  at_most(rooms.tokens, rate.tokens);
  at_most(rooms.trials, rate.trials);
  const std::optional<double> seconds_room = rooms.seconds;
  if (rate.exhausted && (!rate.room || room <= *rate.room)) return std::min(rate.evaluations, room);
  if (!seconds_room || rate.seconds <= 0) return room;
  const double a_second = static_cast<double>(rate.evaluations) / rate.seconds;
  const auto ask = static_cast<double>(std::max<std::int64_t>(1, rate.ask_evaluations));
  const double asks = std::max(1.0, std::ceil(*seconds_room * a_second / ask));
  return asks * ask >= static_cast<double>(room) ? room : static_cast<std::int64_t>(asks * ask);
}

std::int64_t trials_of(const StrategyRate& rate, std::int64_t evaluations) {
  if (rate.evaluations == 0) return 0;
  return std::llround(static_cast<double>(evaluations) / static_cast<double>(rate.evaluations) *
                      static_cast<double>(rate.trials));
}

CostRow closing_row(const char* what, std::int64_t rows, const MeasuredRates& rates) {
  const auto count = static_cast<double>(rows);
  return {what, rows, std::llround(count * rates.tokens_per_row), count * rates.seconds_per_row};
}

}  // namespace

CostForecast forecast_cost(const MeasuredRates& rates, const Budget& budget,
                           const Forecast& counts) {
  CostForecast forecast;
  const std::int64_t searches = std::max<std::int64_t>(1, counts.num_searches);
  Rooms left = next_share(rooms_of(budget), static_cast<std::size_t>(searches));
  for (std::size_t i = 0; i < rates.strategies.size(); ++i) {
    const std::size_t num_left = rates.strategies.size() - i;
    const StrategyRate& rate = rates.strategies[i];
    CostRow row = row_of(rate, evaluations_of(rate, next_share(left, num_left)));
    left = left - Rooms{row.evaluations, row.seconds, row.tokens, trials_of(rate, row.evaluations)};
    row.evaluations *= searches;
    row.tokens *= searches;
    row.seconds *= static_cast<double>(searches);
    forecast.rows.push_back(std::move(row));
  }
  forecast.rows.push_back(closing_row("controls", counts.controls, rates));
  forecast.rows.back().seconds += rates.open_seconds;
  forecast.rows.push_back(closing_row("test set", counts.test, rates));

  forecast.total.what = "total";
  for (const auto& row : forecast.rows) {
    forecast.total.evaluations += row.evaluations;
    forecast.total.tokens += row.tokens;
    forecast.total.seconds += row.seconds;
  }
  return forecast;
}

Json to_json(const CostForecast& forecast) {
  const auto row_json = [](const CostRow& row) {
    return Json{{"what", row.what},
                {"evaluations", row.evaluations},
                {"tokens", row.tokens},
                {"seconds", std::round(row.seconds * 1000) / 1000}};
  };
  Json json = row_json(forecast.total);
  json.erase("what");
  json["rows"] = Json::array();
  for (const auto& row : forecast.rows) json["rows"].push_back(row_json(row));
  return json;
}

}  // namespace prospect
