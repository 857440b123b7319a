#include "experiments/leaderboard_statement.h"

#include <algorithm>
#include <cmath>

#include "experiments/number_text.h"

namespace prospect {
namespace {

std::string number(double value) {
  return std::isfinite(value) ? fixed(value, 3) : "unknown";
}

std::string line_of(const StrategySummary& summary) {
  std::string line = "- " + summary.strategy + ": " + std::to_string(summary.num_tried) +
                     (summary.num_tried == 1 ? " candidate" : " candidates") + " tried, " +
                     std::to_string(summary.cost) + " evaluations spent; the chosen one scored " +
                     number(summary.dev_mean) + " on dev";
  if (std::isfinite(summary.corrected_mean))
    line += ", " + number(summary.corrected_mean) + " corrected for having been chosen";
  if (std::isfinite(summary.test_mean)) line += ", " + number(summary.test_mean) + " on test";
  if (summary.num_searches > 1)
    line += " (means of " + std::to_string(summary.num_searches) + " searches)";
  if (summary.test_interval)
    line += "; 95% interval of the test mean over splits " + number(summary.test_interval->low) +
            " to " + number(summary.test_interval->high);
  return line + ".\n";
}

std::string line_of(const LeaderboardRow& row, const Comparison& comparison) {
  const std::string against =
      comparison.against == "manual" ? "the manual prompt" : "the runner-up";
  const std::string test =
      comparison.test == "mcnemar" ? "exact McNemar test" : "paired test of signs";
  std::string line = "- Split " + std::to_string(row.split_seed) + ", " + row.strategy +
                     (row.rank == 1 ? " (rank 1)" : "") + " against " + against + " on " +
                     comparison.pool + ": p " + p_in_words(comparison.p);
  if (comparison.family > 1)
    line += ", " + p_in_words(comparison.adjusted) + " after Holm's adjustment for " +
            std::to_string(comparison.family) + " tests";
  return line + " (" + test + ").\n";
}

}  // namespace

std::string selection_statement(const Leaderboard& board, const std::string& family) {
  std::string searches, tests;
  std::size_t num_one_label = 0;
  bool true_few = false, by_metric = false, zero = false;
  for (const auto& summary : board.summaries)
    if (summary.family == family && !summary.control) searches += line_of(summary);
  for (const auto& row : board.rows) {
    if (row.family != family) continue;
    num_one_label += row.rank && row.merit.one_label ? 1 : 0;
    true_few = true_few || row.setting == "true_few";
    zero = zero || row.setting == "zero";
    by_metric = by_metric || (row.rank && row.selection == SelectionRule::metric);
    for (const auto& comparison : row.comparisons) tests += line_of(row, comparison);
  }
  if (searches.empty()) return "";
  std::string text = "\n## What the choice rests on\n\n";
  text += zero ? "Entries stand by the mutual information of input and answer: no label of any "
                 "example was seen before the choice was sealed.\n\n"
          : by_metric
              ? "Entries stand by their dev metric as it was measured.\n\n"
              : "Entries stand by the dev metric that they are expected to reach elsewhere: "
                "their own, shrunk towards what their log-likelihood says.\n\n";
  if (true_few)
    text +=
        "True few-shot: the support set was the dev set too, and no other labelled example was "
        "used.\n\n";
  text += searches;
  if (!tests.empty()) text += "\nPaired tests on the same examples:\n\n" + tests;
  if (num_one_label > 0)
    text += "\n" + std::to_string(num_one_label) +
            (num_one_label == 1 ? " entry answers" : " entries answer") +
            " one label alone, and stand behind all others.\n";
  return text;
}

}  // namespace prospect
