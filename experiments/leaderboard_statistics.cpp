#include "experiments/leaderboard_statistics.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "core/paired_test.h"
#include "core/rng.h"
#include "core/winners_curse.h"

namespace prospect {
namespace {

// Beyond so many cells fewer samples say as much, and take less time.
constexpr std::size_t kManyCells = 1'000'000, kManySamples = 200, kFewSamples = 40;

double p_value(const std::string& metric, const std::vector<double>& a,
               const std::vector<double>& b) {
  if (metric == "accuracy") {
    std::size_t only_a = 0, only_b = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      only_a += a[i] > b[i] ? 1 : 0;
      only_b += b[i] > a[i] ? 1 : 0;
    }
    return mcnemar_exact(only_a, only_b);
  }
  std::vector<double> differences;
  for (std::size_t i = 0; i < a.size(); ++i) differences.push_back(a[i] - b[i]);
  Rng rng(0, "leaderboard/comparison");
  return sign_flip_test(differences, rng);
}

// A test that is still to be adjusted for the others of its family.
struct Pending {
  LeaderboardRow* row;
  Comparison comparison;
};

void add_test(std::vector<Pending>& family, LeaderboardRow& row, const std::string& against,
              const std::string& pool, const std::vector<double>& own,
              const std::vector<double>& other) {
  if (own.empty() || own.size() != other.size()) return;
  family.push_back({&row,
                    {.against = against,
                     .pool = pool,
                     .test = row.metric == "accuracy" ? "mcnemar" : "sign_flip",
                     .p = p_value(row.metric, own, other)}});
}

void adjust(std::vector<Pending>& family) {
  std::vector<double> p;
  for (const auto& pending : family) p.push_back(pending.comparison.p);
  const auto adjusted = holm(p);
  for (std::size_t i = 0; i < family.size(); ++i) {
    family[i].comparison.adjusted = adjusted[i];
    family[i].comparison.family = family.size();
    family[i].row->comparisons.push_back(std::move(family[i].comparison));
  }
}

const LeaderboardRow* manual_of(std::span<const LeaderboardRow> group, const LeaderboardRow& row) {
  for (const auto& other : group)
    if (other.control == Control::manual && other.run == row.run) return &other;
  return nullptr;
}

}  // namespace

std::optional<Interval> interval_of(const std::string& metric, const Evaluation& evaluation,
                                    const Judgement& judgement, Drawn drawn) {
  Interval interval;
  if (judgement.size() > 0) {
    interval = metric_interval(find_metric(metric), judgement, drawn);
  } else {
    if (metric != "accuracy" || !std::isfinite(evaluation.value)) return std::nullopt;
    const auto n = static_cast<double>(evaluation.num_examples);
    interval = exact_interval(static_cast<std::size_t>(std::lround(evaluation.value * n)),
                              evaluation.num_examples);
  }
  if (std::isnan(interval.low)) return std::nullopt;
  return interval;
}

void correct_for_rank(std::span<LeaderboardRow> ranked, std::span<const Example> examples) {
  std::set<std::string> seen;
  std::vector<LeaderboardRow*> rows;  // each entry once
  for (auto& row : ranked)
    if (row.evidence.values.size() == examples.size() && seen.insert(row.merit.text).second)
      rows.push_back(&row);
  if (rows.size() < 2 || examples.empty()) return;
  std::vector<const DevEvidence*> evidence;
  for (const auto* row : rows) evidence.push_back(&row->evidence);
  const auto corrected =
      corrected_values(stack(evidence, examples),
                       rows.front()->selection == SelectionRule::expected ? RankedBy::expected_value
                                                                          : RankedBy::value,
                       rows.size() * examples.size() > kManyCells ? kFewSamples : kManySamples);
  std::map<std::string, double> of_entry;
  for (std::size_t i = 0; i < rows.size(); ++i) of_entry[rows[i]->merit.text] = corrected[i];
  for (auto& row : ranked) {  // the same entry of another search too
    const auto known = of_entry.find(row.merit.text);
    if (known != of_entry.end() && std::isfinite(known->second)) row.corrected = known->second;
  }
}

void compare_rows(std::span<LeaderboardRow> group) {
  std::vector<Pending> on_dev, on_test;
  if (!group.empty() && group.front().rank == 1) {
    LeaderboardRow& best = group.front();
    // The same entry of another search is no rival.
    const auto next = std::find_if(group.begin(), group.end(), [&](const LeaderboardRow& row) {
      return row.rank && row.merit.text != best.merit.text;
    });
    if (next != group.end())
      add_test(on_dev, best, "runner_up", "dev", best.evidence.values, next->evidence.values);
    const auto* manual = manual_of(group, best);
    if (manual != nullptr && !(best.entry == manual->entry))
      add_test(on_dev, best, "manual", "dev", best.evidence.values, manual->evidence.values);
  }
  std::set<std::string> tested;  // the same entry of another search is no further test
  for (auto& row : group) {
    const auto* manual = row.rank ? manual_of(group, row) : nullptr;
    if (manual == nullptr || row.test_values.empty() || row.entry == manual->entry) continue;
    if (tested.insert(row.merit.text).second)
      add_test(on_test, row, "manual", "test", row.test_values, manual->test_values);
  }
  adjust(on_dev);
  adjust(on_test);
}

}  // namespace prospect
