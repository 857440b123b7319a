#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

#include "core/paired_test.h"
#include "core/racing.h"
#include "core/racing_rules.h"
#include "experiments/bench/tables.h"
#include "experiments/commands/result_output.h"

namespace prospect {
namespace {

constexpr std::size_t kRaced = 100;  // candidates of a race, drawn from the pool

struct Contest {
  RacingRule rule;
  double share = 0;  // of all evaluations, for the rules that have a budget; 1: no limit
};
constexpr Contest kContests[] = {{RacingRule::off},
                                 {RacingRule::standard, 0.1},
                                 {RacingRule::standard, 0.15},
                                 {RacingRule::standard, 0.25},
                                 {RacingRule::standard, 0.375}, {RacingRule::standard, 0.5},
                                 {RacingRule::standard, 1},
                                 {RacingRule::halving},
                                 {RacingRule::rejects, 0.1},
                                 {RacingRule::rejects, 0.25},
                                 {RacingRule::rejects, 0.5},
                                 {RacingRule::capo},
                                 {RacingRule::prompteval}};

std::string title(const Contest& contest) {
  const std::string name = "`" + std::string(name_of(contest.rule)) + "`";
  if (contest.share == 0) return name;
  if (contest.share == 1) return name + ", the test alone";
  return name + ", " + fixed(100 * contest.share, 0) + "%";
}

PoolOutcomes part_of(const PoolOutcomes& all, std::span<const std::size_t> candidates) {
  PoolOutcomes part;
  part.pool.name = all.pool.name;
  part.pool.labels = all.pool.labels;
  part.pool.gold = all.pool.gold;
  for (const std::size_t c : candidates) {
    part.pool.candidates.push_back(all.pool.candidates[c]);
    part.right.push_back(all.right[c]);
    part.log_p.push_back(all.log_p[c]);
    part.answer.push_back(all.answer[c]);
  }
  return part;
}

PoolOutcomes some_candidates(const PoolOutcomes& all, Rng& rng) {
  std::vector<std::size_t> order(all.num_candidates());
  for (std::size_t c = 0; c < order.size(); ++c) order[c] = c;
  rng.shuffle(order);
  order.resize(std::min(order.size(), kRaced));
  return part_of(all, order);
}

// Who wins among those that were scored on everything.
std::size_t winner_of(const PoolOutcomes& outcomes, std::span<const std::size_t> finalists,
                      std::span<const std::size_t> dev) {
  const PoolOutcomes part = part_of(outcomes, finalists);
  return finalists[best_place(merits_on(part, dev, SelectionRule::expected))];
}

RaceRecord record_of(const PoolOutcomes& outcomes, std::span<const std::size_t> dev,
                     std::size_t first_block, Rng& rng) {
  std::vector<std::int32_t> labels;
  for (const std::size_t i : dev) labels.push_back(outcomes.pool.gold[i]);
  const auto schedule = stratified_blocks(labels, first_block, rng);
  RaceRecord record;
  record.values.resize(static_cast<Eigen::Index>(outcomes.num_candidates()),
                       static_cast<Eigen::Index>(dev.size()));
  record.log_likelihoods = record.values;
  for (std::size_t place = 0; place < dev.size(); ++place) {
    const std::size_t i = dev[schedule.order[place]];
    record.labels.push_back(outcomes.pool.gold[i]);
    for (std::size_t c = 0; c < outcomes.num_candidates(); ++c) {
      record.values(static_cast<Eigen::Index>(c), static_cast<Eigen::Index>(place)) =
          outcomes.right[c][i];
      record.log_likelihoods(static_cast<Eigen::Index>(c), static_cast<Eigen::Index>(place)) =
          outcomes.log_p[c][i];
    }
  }
  return record;
}

bool distinguishable(const PoolOutcomes& outcomes, std::span<const std::size_t> dev, std::size_t a,
                     std::size_t b) {
  std::size_t only_a = 0, only_b = 0;
  for (const std::size_t i : dev) {
    only_a += outcomes.right[a][i] > outcomes.right[b][i] ? 1 : 0;
    only_b += outcomes.right[b][i] > outcomes.right[a][i] ? 1 : 0;
  }
  return mcnemar_exact(only_a, only_b) < 0.05;
}

struct Raced {
  std::vector<double> share, regret, same, alike;  // one for each draw
};

void race_on(const PoolOutcomes& all, std::size_t shots, std::size_t num_draws,
             std::vector<Raced>& raced) {
  Rng rng(1, "racing/" + all.pool.name + "/" + std::to_string(shots));
  const std::size_t first_block = std::max<std::size_t>(8, 2 * all.pool.labels.size());
  for (std::size_t d = 0; d < num_draws; ++d) {
    const PoolOutcomes outcomes = some_candidates(all, rng);
    const PoolDraw draw = draw_dev(outcomes, shots, rng);
    const auto test = accuracies(outcomes, draw.test);
    const double best = *std::max_element(test.begin(), test.end());
    const std::size_t winner = best_place(merits_on(outcomes, draw.dev, SelectionRule::expected));
    const RaceRecord record = record_of(outcomes, draw.dev, first_block, rng);
    for (std::size_t r = 0; r < std::size(kContests); ++r) {
      const auto replay =
          replay_race(kContests[r].rule, record, first_block, 1, kContests[r].share);
      const std::size_t chosen = winner_of(outcomes, replay.finalists, draw.dev);
      raced[r].share.push_back(static_cast<double>(replay.evaluations) /
                               static_cast<double>(record.values.size()));
      raced[r].regret.push_back(best - test[chosen]);
      raced[r].same.push_back(chosen == winner ? 1 : 0);
      raced[r].alike.push_back(
          chosen == winner || !distinguishable(outcomes, draw.dev, chosen, winner) ? 1 : 0);
    }
  }
}

void print_races(std::ostream& out, const std::string& name, const std::string& dev,
                 const std::vector<Raced>& raced) {
  const auto percent = [](const std::vector<double>& shares) {
    return fixed(100 * mean_and_half(shares).mean, 1);
  };
  for (std::size_t r = 0; r < raced.size(); ++r)
    out << "| " << name << " | " << dev << " | " << title(kContests[r]) << " | "
        << percent(raced[r].share) << " | " << points(mean_and_half(raced[r].regret)) << " | "
        << percent(raced[r].same) << " | " << percent(raced[r].alike) << " |\n";
}

}  // namespace

void print_racing_table(std::ostream& out, std::span<const PoolOutcomes> pools,
                        std::size_t num_draws) {
  out << "| pool | dev examples | racing | evaluations, % | regret, points | the whole's winner, % "
         "| "
         "or not distinguishable, % |\n|---|---|---|---|---|---|---|\n";
  for (const std::size_t shots : {16, 128}) {
    std::vector<Raced> all(std::size(kContests));
    for (const auto& outcomes : pools) {
      std::vector<Raced> raced(std::size(kContests));
      race_on(outcomes, shots, num_draws, raced);
      print_races(out, outcomes.pool.name, std::to_string(shots * outcomes.pool.labels.size()),
                  raced);
      for (std::size_t r = 0; r < raced.size(); ++r)
        for (const auto column : {&Raced::share, &Raced::regret, &Raced::same, &Raced::alike})
          (all[r].*column)
              .insert((all[r].*column).end(), (raced[r].*column).begin(), (raced[r].*column).end());
    }
    print_races(out, "**all**", std::to_string(shots) + " a class", all);
  }
}

}  // namespace prospect
