#include "experiments/leaderboard_filter.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <set>

#include "core/error.h"
#include "core/text.h"

namespace prospect {
namespace {

// One of the filter's lists: what it is compared with. A control has no value where `spares` it.
struct Criterion {
  const char* option;
  std::vector<std::string> LeaderboardFilter::*wanted;
  std::optional<std::string> (*value)(const LeaderboardRow&);
};

// clang-format off
const Criterion kCriteria[] = {
    {"--strategy", &LeaderboardFilter::strategies, [](const LeaderboardRow& row) {
       return row.control ? std::nullopt : std::optional(row.strategy); }},
    {"--task", &LeaderboardFilter::tasks, [](const LeaderboardRow& row) {
       return std::optional(row.task); }},
    {"--model", &LeaderboardFilter::models, [](const LeaderboardRow& row) {
       return std::optional(row.model); }},
    {"--protocol", &LeaderboardFilter::protocols, [](const LeaderboardRow& row) {
       return std::optional(row.protocol); }},
    {"--metric", &LeaderboardFilter::metrics, [](const LeaderboardRow& row) {
       return std::optional(row.metric); }},
    {"--shots", &LeaderboardFilter::shots, [](const LeaderboardRow& row) {
       return std::optional(std::to_string(row.shots)); }},
    {"--split-seed", &LeaderboardFilter::split_seeds, [](const LeaderboardRow& row) {
       return std::optional(std::to_string(row.split_seed)); }},
    {"--seed", &LeaderboardFilter::seeds, [](const LeaderboardRow& row) {
       return row.seed ? std::optional(std::to_string(*row.seed)) : std::nullopt; }},
};
// clang-format on

bool holds(const std::vector<std::string>& list, const std::string& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

void check_values(const Leaderboard& board, const LeaderboardFilter& filter) {
  for (const auto& criterion : kCriteria) {
    std::set<std::string> found;
    for (const auto& row : board.rows)
      if (const auto value = criterion.value(row)) found.insert(*value);
    const std::vector<std::string> known(found.begin(), found.end());
    for (const auto& wanted : filter.*criterion.wanted) {
      if (found.count(wanted) > 0) continue;
      fail(ErrorKind::usage, criterion.option, "expected a value of these runs' rows, found '",
           wanted, "'", suggestion(wanted, known));
    }
  }
}

bool allows(const LeaderboardFilter& filter, const LeaderboardRow& row) {
  if (row.control && !filter.controls) return false;
  for (const auto& criterion : kCriteria) {
    const auto& wanted = filter.*criterion.wanted;
    const auto value = criterion.value(row);
    if (!wanted.empty() && value && !holds(wanted, *value)) return false;
  }
  if (row.control) return true;
  return std::all_of(filter.texts.begin(), filter.texts.end(), [&](const std::string& text) {
    return row.shown.tmpl.find(text) != std::string::npos;
  });
}

}  // namespace

void filter(Leaderboard& board, const LeaderboardFilter& filter) {
  check_values(board, filter);
  std::erase_if(board.rows, [&](const LeaderboardRow& row) { return !allows(filter, row); });
  board.summaries = summarise(board.rows);
}

}  // namespace prospect
