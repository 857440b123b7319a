#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "experiments/report/gnuplot.h"
#include "experiments/report/report.h"

// The report's plots, as gnuplot scripts over numbers alone: strategies, templates and labels stand
// in the page around them.

namespace prospect {

/// Best metric so far against counted work: a line and a band for each strategy, in its order.
PlotScript curves_plot(std::span<const StrategyCurves> curves);

/// A row with its intervals on dev and test; a missing one is none.
struct IntervalRow {
  std::string label;  ///< `#1`, or a control's name: one of our own words.
  std::optional<double> dev, test;
  std::optional<std::pair<double, double>> dev_interval, test_interval;
};
PlotScript intervals_plot(std::span<const IntervalRow> rows);

/// A line for each candidate of a race, as long as the examples it was scored on.
/// @param winner  drawn in another colour.
PlotScript race_plot(const Race& race, std::optional<TrialId> winner);
inline constexpr std::size_t kMostRaced = 200;  ///< Of larger races those that came furthest.

/// Accuracy against confidence, with the number of examples of each bin below.
PlotScript reliability_plot(const Reliability& reliability);

}  // namespace prospect
