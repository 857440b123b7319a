#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/leaderboard.h"
#include "experiments/report/gnuplot.h"
#include "experiments/report/report.h"

// What the sections of a report are made of.

namespace prospect {

/// The plots of a page.
///
/// They are drawn all at once, so a page is built in two passes: first it collects scripts and
/// leaves a mark for each, then the drawings take the marks' places.
class Plots {
 public:
  /// A place for the plot.
  Html add(PlotScript script);
  /// The page with the drawings. @throws Error as `draw` does.
  std::string drawn_into(const std::string& markup) const;

 private:
  std::vector<PlotScript> scripts_;
};

Html paragraph(const std::string& text);
Html code(std::string_view text);
/// The content of a table's cell that takes what width there is, and breaks lines.
Html wide(const Html& content);
Html figure(const std::string& title, const Html& drawing, const Html& words);
/// Names beside the colours of the series, in their order.
Html legend(std::span<const std::string> names);
std::string percent(std::int64_t part, std::int64_t whole);

/// The section about a run's winner. @param run  has one.
Html winner_section(const RunReport& run, const Leaderboard& board, Plots& plots);

}  // namespace prospect
