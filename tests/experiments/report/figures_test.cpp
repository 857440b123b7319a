#include "experiments/report/figures.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "tests/support/check_close.h"

namespace prospect {
namespace {

using test::check_close;

Judgement judgement_of(std::vector<std::int32_t> gold, std::vector<std::int32_t> predicted,
                       std::size_t num_labels = 2) {
  Judgement judgement;
  judgement.num_labels = num_labels;
  judgement.gold = std::move(gold);
  judgement.predicted = std::move(predicted);
  judgement.gold_log_p.assign(judgement.gold.size(), -1);
  return judgement;
}

TEST_CASE("the best so far steps only where a search got better, whatever the order") {
  const Curve curve =
      best_so_far({{30, 0.7}, {10, 0.5}, {20, 0.4}, {10, 0.6}, {40, 0.7}, {50, std::nan("")}});

  CHECK(curve == Curve{{10, 0.6}, {30, 0.7}});
  CHECK(best_so_far({{1, std::nan("")}}).empty());
}

TEST_CASE("a band begins where every search has a value, and a search that ended stays") {
  const std::vector<Curve> curves{{{10, 0.5}, {30, 0.9}}, {{20, 0.7}}, {}};

  const auto band = band_over(curves);

  REQUIRE(band.size() == 2);
  CHECK(band[0].cost == 20);
  check_close(band[0].mean, 0.6, 1e-12);
  CHECK(band[0].low == 0.5);
  CHECK(band[0].high == 0.7);
  CHECK(band[1].cost == 30);
  check_close(band[1].mean, 0.8, 1e-12);
  CHECK(band[1].low == 0.7);
  CHECK(band[1].high == 0.9);
  CHECK(band_over({}).empty());
}

TEST_CASE("confusion counts gold by answer, and examples without one apart") {
  const auto counts = confusion(judgement_of({0, 0, 1, 1, 1}, {0, 1, 1, 1, -1}));

  CHECK(counts == std::vector<std::vector<std::int64_t>>{{1, 1, 0}, {0, 2, 1}});
}

TEST_CASE("calibration: answers of probability p that are right in a share p have no error") {
  // Five answers of probability 0.8, four of them right.
  const Judgement judgement = judgement_of({0, 0, 0, 0, 1}, {0, 0, 0, 0, 0});
  MatrixXd log_p(5, 2);
  for (int i = 0; i < 5; ++i) log_p.row(i) << std::log(0.8), std::log(0.2);

  const Reliability result = reliability(judgement, log_p);

  REQUIRE(result.bins.size() == 10);
  CHECK(result.bins[7].count == 5);  // (0.7, 0.8]
  check_close(result.bins[7].confidence, 0.8, 1e-12);
  check_close(result.bins[7].accuracy, 0.8, 1e-12);
  CHECK(std::isnan(result.bins[0].accuracy));
  check_close(result.calibration_error, 0, 1e-12);
  // Right: 2 x 0.2^2 = 0.08; wrong: 2 x 0.8^2 = 1.28; (4 x 0.08 + 1.28) / 5.
  check_close(result.brier, 0.32, 1e-12);
}

TEST_CASE("calibration: certain answers that are wrong have the error one") {
  MatrixXd log_p(2, 2);
  log_p << 0, -std::numeric_limits<double>::infinity(), 0, -std::numeric_limits<double>::infinity();

  const Reliability result = reliability(judgement_of({1, 1}, {0, 0}), log_p);

  CHECK(result.bins[9].count == 2);
  check_close(result.calibration_error, 1, 1e-12);
  check_close(result.brier, 2, 1e-12);
}

TEST_CASE("differences: what the second alone has right comes first, the largest gain first") {
  Judgement first = judgement_of({0, 0, 0, 0, 1}, {0, 1, 1, 0, 0}, 3);
  Judgement second = judgement_of({0, 0, 0, 0, 1}, {0, 0, 0, 1, 2}, 3);
  second.gold_log_p = {-1, -0.9, -0.1, -3, -1};

  const auto found = differences(first, second);

  REQUIRE(found.size() == 4);
  CHECK(found[0].example == 2);
  CHECK(found[0].second_right);
  CHECK(found[1].example == 1);
  CHECK(found[2].example == 3);
  CHECK(found[2].first_right);
  check_close(found[2].gain, -2, 1e-12);
  CHECK(found[3].example == 4);
}

TEST_CASE("the rungs of a race go from all candidates to those that reached its end") {
  const std::vector<std::size_t> seen{16, 16, 8, 8, 4, 4, 4, 0};

  const auto rungs = rungs_of(seen, 16);

  const std::vector<std::pair<std::size_t, std::size_t>> expected{{0, 7}, {4, 4}, {8, 2}, {16, 2}};
  REQUIRE(rungs.size() == expected.size());
  for (std::size_t i = 0; i < rungs.size(); ++i) {
    CHECK(rungs[i].num_examples == expected[i].first);
    CHECK(rungs[i].num_left == expected[i].second);
  }
}

}  // namespace
}  // namespace prospect
