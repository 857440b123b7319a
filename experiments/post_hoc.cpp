#include "experiments/post_hoc.h"

#include <cmath>
#include <limits>
#include <map>

#include "experiments/number_text.h"

namespace prospect {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

}  // namespace

std::vector<PostHocSplit> post_hoc_of(RunStore& store, const Leaderboard& board) {
  std::map<TrialId, const LeaderboardRow*> row_of;
  std::map<std::uint64_t, TrialId> first;
  for (const auto& row : board.rows) {
    if (!row.trial) continue;
    row_of[*row.trial] = &row;
    if (row.rank == 1) first[row.split_seed] = *row.trial;
  }
  std::map<std::uint64_t, PostHocSplit> splits;
  for (const auto& record : store.post_hoc()) {
    if (!record.failure.empty() || std::isnan(record.evaluation.value)) continue;
    const TrialId trial = *record.subject.trial;
    const double value = record.evaluation.value;
    auto [at, is_new] = splits.try_emplace(record.subject.split_seed);
    PostHocSplit& split = at->second;
    if (is_new) {
      split.split_seed = record.subject.split_seed;
      split.chosen = kUnknown;
      split.best = split.worst = value;
    }
    if (split.num_finalists == 0 || value > split.best) {
      split.best = value;
      if (const auto row = row_of.find(trial); row != row_of.end())
        split.best_template = row->second->shown.tmpl;
    }
    split.worst = std::min(split.worst, value);
    split.mean += value;
    ++split.num_finalists;
    if (const auto chosen = first.find(split.split_seed);
        chosen != first.end() && chosen->second == trial)
      split.chosen = value;
  }
  std::vector<PostHocSplit> result;
  for (auto& [seed, split] : splits) {
    split.mean /= static_cast<double>(split.num_finalists);
    result.push_back(std::move(split));
  }
  return result;
}

Json to_json(const std::vector<PostHocSplit>& splits) {
  Json json = {{"post_hoc", true}, {"splits", Json::array()}};
  for (const auto& split : splits)
    json["splits"].push_back({{"split_seed", split.split_seed},
                              {"finalists", split.num_finalists},
                              {"chosen", number_or_null(split.chosen)},
                              {"mean", split.mean},
                              {"best", split.best},
                              {"worst", split.worst},
                              {"best_template", split.best_template}});
  return json;
}

std::string write_markdown(const std::vector<PostHocSplit>& splits, const std::string& metric) {
  std::string text =
      "# Post-hoc: test " + metric +
      " of the finalists\n\nThe choice was sealed before these were scored; nothing may be chosen "
      "by them. The chosen entry is the one that dev selection put first.\n\n"
      "| split | finalists | chosen | mean | best | worst | the best one |\n"
      "|---|---|---|---|---|---|---|\n";
  const auto shown = [](double value) {
    return std::isfinite(value) ? fixed(value, 3) : std::string("-");
  };
  for (const auto& split : splits)
    text += "| " + std::to_string(split.split_seed) + " | " + std::to_string(split.num_finalists) +
            " | " + shown(split.chosen) + " | " + shown(split.mean) + " | " + shown(split.best) +
            " | " + shown(split.worst) + " | `" + split.best_template + "` |\n";
  return text;
}

}  // namespace prospect
