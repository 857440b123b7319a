#include "core/race.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/racing.h"
#include "core/racing_rules.h"
#include "core/rng.h"
#include "tests/support/check_close.h"

namespace prospect {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

double normal(Rng& rng) {
  double sum = -6;
  for (int i = 0; i < 12; ++i) sum += rng.uniform();
  return sum;
}

// A race whose candidates have these skills: right where skill + ease + luck is positive. Each also
// leans towards a label, so that the order by label matters.
RaceRecord plant(const std::vector<double>& skills, std::size_t num_examples, Rng& rng) {
  std::vector<std::int32_t> labels(num_examples);
  for (std::size_t i = 0; i < num_examples; ++i) labels[i] = static_cast<std::int32_t>(i % 3 == 0);
  const auto schedule = stratified_blocks(labels, 8, rng);
  RaceRecord record;
  record.values.resize(skills.size(), num_examples);
  record.log_likelihoods.resize(skills.size(), num_examples);
  std::vector<double> ease(num_examples), lean(skills.size());
  for (auto& e : ease) e = normal(rng);
  for (auto& l : lean) l = 0.3 * normal(rng);
  for (std::size_t place = 0; place < num_examples; ++place) {
    const std::size_t i = schedule.order[place];
    record.labels.push_back(labels[i]);
    for (std::size_t c = 0; c < skills.size(); ++c) {
      const double margin =
          skills[c] + ease[i] + (labels[i] == 1 ? lean[c] : -lean[c] / 2) + 0.5 * normal(rng);
      record.values(c, place) = margin > 0 ? 1 : 0;
      record.log_likelihoods(c, place) = -std::log1p(std::exp(-margin));
    }
  }
  return record;
}

Racers everyone(const RaceRecord& record) {
  Racers all(static_cast<std::size_t>(record.values.rows()));
  std::iota(all.begin(), all.end(), std::size_t{0});
  return all;
}

// Those with the most right answers on all examples.
Racers best_of(const RaceRecord& record) {
  const VectorXd sums = record.values.rowwise().sum();
  Racers best;
  for (const std::size_t c : everyone(record))
    if (sums(static_cast<Eigen::Index>(c)) == sums.maxCoeff()) best.push_back(c);
  return best;
}

TEST_CASE("a best candidate is beaten in no more races than promised, looking after every unit") {
  Rng rng(1, "race");
  constexpr int kRaces = 1000;
  int num_lost = 0;
  for (int race = 0; race < kRaces; ++race) {
    // Many are nearly as good as the best: that is when a test errs.
    std::vector<double> skills(12, 0.5);
    for (std::size_t c = 8; c < 12; ++c) skills[c] = 0.1 * normal(rng);
    const RaceRecord record = plant(skills, 96, rng);
    // Purses never forget, so that the end tells of every look before.
    const Racers out = beaten(record, everyone(record), 0.05);
    const Racers best = best_of(record);
    num_lost += std::includes(out.begin(), out.end(), best.begin(), best.end()) ? 1 : 0;
  }

  CHECK(num_lost <= 50);
}

TEST_CASE("who is clearly worse is beaten early, whatever the number of candidates") {
  Rng rng(2, "race");
  std::vector<double> skills(40, -0.5);
  skills[7] = 1.2;
  RaceRecord record = plant(skills, 256, rng);
  record.values.rightCols(256 - 128).setConstant(kNaN);

  const Racers out = beaten(record, everyone(record), 0.05);

  CHECK(out.size() >= 35);
  CHECK(!std::binary_search(out.begin(), out.end(), std::size_t{7}));
}

TEST_CASE("who left earlier was a rival in its time and is none later") {
  Rng rng(3, "race");
  RaceRecord record = plant({1.5, -1, -1}, 120, rng);
  record.values.row(0).tail(120 - 60).setConstant(kNaN);

  const Racers before = beaten(record, Racers{1, 2}, 0.05);
  CHECK(before == Racers{1, 2});  // by the one that left
  record.values.row(0).setConstant(kNaN);
  CHECK(beaten(record, Racers{1, 2}, 0.05).size() < 2);  // one of them leads now
}

TEST_CASE("nobody is beaten where nothing was seen or there is no rival") {
  Rng rng(4, "race");
  RaceRecord record = plant({1, 1}, 32, rng);
  CHECK(beaten(record, Racers{}, 0.05).empty());
  record.values.setConstant(kNaN);
  CHECK(beaten(record, Racers{0, 1}, 0.05).empty());
  const RaceRecord alone = plant({1}, 32, rng);
  CHECK(beaten(alone, Racers{0}, 0.05).empty());
}

TEST_CASE("out of reach is who stays behind even if right on all that remains") {
  RaceRecord record;
  record.labels.assign(10, 0);
  record.values.setZero(3, 10);
  record.values.row(0).head(6).setOnes();  // 6 right of 6, 4 remain
  record.values.row(1).head(2).setOnes();  // could still reach 6
  record.values.row(2).head(1).setOnes();  // at most 5

  CHECK(out_of_reach(record, Racers{0, 1, 2}, 6, 1) == Racers{2});
  CHECK(out_of_reach(record, Racers{0, 1, 2}, 6, 2).empty());
  CHECK(out_of_reach(record, Racers{0, 1, 2}, 6, 3).empty());
}

TEST_CASE("the t-test drops who is beaten by as many as are kept") {
  RaceRecord record;
  record.labels.assign(20, 0);
  record.values.setZero(3, 20);
  record.values.row(0).head(18).setOnes();
  record.values.row(1).head(16).setOnes();
  record.values.row(2).head(6).setOnes();

  // 0 leads 2 by 0.6: t = 0.6 / sqrt(0.2526 / 20) = 5.3; 0 leads 1 by 0.1: t = 1.45, which beats
  // 0.86, the 80% quantile with 19 degrees of freedom.
  CHECK(beaten_by_t_test(record, Racers{0, 1, 2}, 20, 1) == Racers{1, 2});
  CHECK(beaten_by_t_test(record, Racers{0, 1, 2}, 20, 2) == Racers{2});
  CHECK(beaten_by_t_test(record, Racers{0, 1, 2}, 20, 2, 1e-6).empty());
}

TEST_CASE("the item-response model tells an easy part of the examples from a good candidate") {
  // Two candidates on different halves: the first on hard examples, which the others fail.
  RaceRecord record;
  record.labels.assign(40, 0);
  record.values.setConstant(6, 40, kNaN);
  for (Eigen::Index i = 0; i < 20; ++i) {  // hard: only the first candidate is mostly right
    record.values(0, i) = i % 4 != 0;
    for (Eigen::Index c = 2; c < 6; ++c) record.values(c, i) = i % 4 == 0;
  }
  for (Eigen::Index i = 20; i < 40; ++i) {  // easy for everybody
    record.values(1, i) = i % 4 != 0;
    for (Eigen::Index c = 2; c < 6; ++c) record.values(c, i) = i % 8 != 0;
  }

  const auto means = rasch_means(record);

  CHECK(means[0] > means[1] + 0.1);
  const RaceRecord whole{record.labels, MatrixXd::Ones(2, 40), MatrixXd::Zero(2, 40)};
  test::check_close(rasch_means(whole)[0], 1, 1e-12);  // cells that were seen count as they are
}

TEST_CASE("continuous rejects drop the worst once its gap passes the published bound") {
  RaceRecord record;
  record.labels.assign(100, 0);
  record.values.setZero(3, 100);
  record.values.row(0).head(10).setOnes();
  record.values.row(1).head(9).setOnes();
  record.values.row(2).head(5).setOnes();
  // logbar(3) = 1/2 + 1/2 + 1/3 = 4/3; beta = 3 * 10 * (4/3) / 60 = 2/3; G = sqrt(1.5) - 1 =
  // 0.2247. The worst has 0.5, the mean of the others is 0.95: rejected. Then logbar(2) = 1, beta =
  // 2 * 10 / (60 - 10) = 0.4, G = 0.581: the gap of 0.1 is no reason.
  CHECK(continuous_rejects(record, Racers{0, 1, 2}, 10, 1, 0, 60) == Racers{2});
  // With the budget at its end everybody but one goes.
  CHECK(continuous_rejects(record, Racers{0, 1, 2}, 10, 1, 0, 20) == Racers{1, 2});
  CHECK(continuous_rejects(record, Racers{0, 1, 2}, 10, 2, 0, 20) == Racers{2});
}

TEST_CASE("races end after the blocks their rule says") {
  using Ends = std::vector<std::size_t>;
  CHECK(race_ends(RacingRule::standard, 100, 8) == Ends{8, 16, 32, 64, 100});
  CHECK(race_ends(RacingRule::halving, 64, 8) == Ends{8, 16, 32, 64});
  CHECK(race_ends(RacingRule::rejects, 30, 8) == Ends{8, 16, 24, 30});
  CHECK(race_ends(RacingRule::capo, 100, 8) == Ends{30, 60, 90, 100});
  CHECK(race_ends(RacingRule::capo, 1000, 8).size() == 11);
  CHECK(race_ends(RacingRule::prompteval, 100, 8) == Ends{20, 100});
  CHECK(race_ends(RacingRule::off, 100, 8) == Ends{100});
  CHECK(race_ends(RacingRule::standard, 5, 8) == Ends{5});
}

TEST_CASE("every rule brings at least as many to the end as are wanted, within what it may spend") {
  Rng rng(5, "race");
  std::vector<double> skills(40);
  for (auto& skill : skills) skill = 0.5 * normal(rng);
  const RaceRecord record = plant(skills, 128, rng);
  for (const RacingRule rule : kRacingRules) {
    for (const std::size_t keep : {1, 3, 40, 50}) {
      CAPTURE(name_of(rule));
      CAPTURE(keep);
      const auto race = replay_race(rule, record, 8, keep);
      if (rule == RacingRule::off) {
        CHECK(race.evaluations == 40 * 128);
        continue;
      }
      CHECK(race.finalists.size() >= std::min<std::size_t>(keep, 40));
      if (keep < 40 && rule != RacingRule::capo)
        CHECK(race.evaluations <= 40 * 128 * kRaceShare + static_cast<double>(keep) * 128);
    }
  }
}

TEST_CASE("a planted best comes to the end of at least 95 of 100 standard races") {
  Rng rng(6, "race");
  constexpr int kRaces = 1000;
  int num_found = 0;
  double evaluations = 0;
  for (int race = 0; race < kRaces; ++race) {
    std::vector<double> skills(20);
    for (auto& skill : skills) skill = 0.3 * normal(rng) - 0.3;
    skills[static_cast<std::size_t>(rng.below(20))] = 1.3;
    const RaceRecord record = plant(skills, 128, rng);
    const Racers best = best_of(record);
    const auto replay = replay_race(RacingRule::standard, record, 8, 1);
    num_found += std::any_of(best.begin(), best.end(),
                             [&](std::size_t c) {
                               return std::binary_search(replay.finalists.begin(),
                                                         replay.finalists.end(), c);
                             })
                     ? 1
                     : 0;
    evaluations += static_cast<double>(replay.evaluations) / (20.0 * 128 * kRaces);
  }

  CHECK(num_found >= 950);
  CHECK(evaluations <= kRaceShare);
}

}  // namespace
}  // namespace prospect
