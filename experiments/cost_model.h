#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/json.h"
#include "experiments/budget.h"
#include "experiments/study.h"

namespace prospect {

/// What a short run of one strategy showed, on the experiment's own model and examples.
struct StrategyRate {
  std::string label;
  std::int64_t evaluations = 0;  ///< Counted work of the asks that were looked at, all of each.
  double seconds = 0;       ///< Which they took; the last one's rest taken to be like its part.
  std::int64_t tokens = 0;  ///< In the prompts that they score.
  std::int64_t trials = 0;  ///< Proposals that they make.
  std::int64_t ask_evaluations = 0;  ///< Of the last ask: what a strategy is not stopped within.
  bool exhausted = false;            ///< It asked for nothing more.
  /// Where it asked for nothing more since one more ask would not have fitted: the room it had. A
  /// larger one takes it further.
  std::optional<std::int64_t> room = {};
};

/// What a warm-up measured.
struct MeasuredRates {
  std::vector<StrategyRate> strategies;  ///< In the experiment's order.
  double seconds_per_row = 0,
         tokens_per_row = 0;  ///< Of a manual prompt on dev: controls and test.
  double open_seconds = 0;    ///< Opening a model: done again for the control with random weights.
};

/// One line of a forecast.
struct CostRow {
  std::string what;
  std::int64_t evaluations = 0, tokens = 0;
  double seconds = 0;
};

struct CostForecast {
  std::vector<CostRow> rows;  ///< Of all searches together: strategies, controls, the test set.
  CostRow total;
};

/// What the whole study will cost: each strategy spends its share of the budget as the study shares
/// it, at its measured rate, unless it was seen to end before; seconds cut a strategy at the end of
/// an ask. Pure arithmetic.
/// @param counts  of the experiment (`forecast`); its budget is not used.
CostForecast forecast_cost(const MeasuredRates& rates, const Budget& budget,
                           const Forecast& counts);

/// `{"evaluations", "tokens", "seconds", "rows": [..]}`.
Json to_json(const CostForecast& forecast);

}  // namespace prospect
