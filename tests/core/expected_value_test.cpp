#include "core/expected_value.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/rng.h"
#include "tests/support/check_close.h"

namespace prospect {
namespace {

// The sum of twelve uniform numbers less six: as good as normal here.
double noise(Rng& rng) {
  double sum = -6;
  for (int i = 0; i < 12; ++i) sum += rng.uniform();
  return sum;
}

struct Planted {
  Evidence evidence;
  std::vector<double> quality;  // the true accuracy of each candidate
};

// Candidates whose margin on an example is their skill, the example's ease, and chance.
Planted plant(std::size_t num_candidates, std::size_t num_examples, Rng& rng) {
  Planted planted;
  planted.evidence.value.resize(num_candidates, num_examples);
  planted.evidence.log_likelihood.resize(num_candidates, num_examples);
  std::vector<double> ease(num_examples);
  for (auto& e : ease) e = noise(rng);
  for (std::size_t i = 0; i < num_examples; ++i)
    planted.evidence.gold.push_back(static_cast<std::int32_t>(i % 2));
  for (std::size_t c = 0; c < num_candidates; ++c) {
    const double skill = 0.3 + 0.3 * noise(rng);
    planted.quality.push_back(0.5 * std::erfc(-skill / std::sqrt(2 * 1.25)));
    for (std::size_t i = 0; i < num_examples; ++i) {
      const double margin = skill + ease[i] + 0.5 * noise(rng);
      planted.evidence.value(c, i) = margin > 0 ? 1 : 0;
      planted.evidence.log_likelihood(c, i) = -std::log1p(std::exp(-margin));
    }
  }
  return planted;
}

std::size_t best(const std::vector<double>& values) {
  return static_cast<std::size_t>(std::max_element(values.begin(), values.end()) - values.begin());
}

std::vector<double> own_values(const Evidence& evidence) {
  const VectorXd means = evidence.value.rowwise().mean();
  return {means.data(), means.data() + means.size()};
}

TEST_CASE("choosing by expected value loses less than choosing by the value itself") {
  Rng rng(1, "planted");
  double lost = 0, lost_by_own = 0;
  constexpr int kDraws = 200;
  for (int draw = 0; draw < kDraws; ++draw) {
    const Planted planted = plant(60, 32, rng);
    const double most = planted.quality[best(planted.quality)];
    lost += most - planted.quality[best(expected_values(planted.evidence).value)];
    lost_by_own += most - planted.quality[best(own_values(planted.evidence))];
  }

  CHECK(lost < 0.8 * lost_by_own);
}

TEST_CASE("on many examples a candidate's own value is trusted, on few the line is") {
  Rng rng(2, "planted");

  const double few = expected_values(plant(60, 16, rng).evidence).trust;
  Planted many = plant(60, 4000, rng);
  // Something that the log-likelihood does not see.
  for (Eigen::Index c = 0; c < 60; ++c)
    if (c % 3 == 0) many.evidence.value.row(c).array() *= 0.9;
  const double own = expected_values(many.evidence).trust;

  CHECK(few < 0.6);
  CHECK(own > 0.9);
}

TEST_CASE("what is expected of the chosen one is what it reaches, where its own value flatters") {
  Rng rng(3, "planted");
  double flattery = 0, error = 0;
  constexpr int kDraws = 300;
  for (int draw = 0; draw < kDraws; ++draw) {
    const Planted planted = plant(60, 64, rng);
    const auto expected = expected_values(planted.evidence).value;
    const std::size_t chosen = best(expected), lucky = best(own_values(planted.evidence));
    error += (expected[chosen] - planted.quality[chosen]) / kDraws;
    flattery += (own_values(planted.evidence)[lucky] - planted.quality[lucky]) / kDraws;
  }

  CHECK(flattery > 0.03);
  CHECK(std::abs(error) < 0.5 * flattery);
}

TEST_CASE("a log-likelihood that says nothing moves nobody past another") {
  Rng rng(4, "planted");
  Planted planted = plant(40, 64, rng);
  planted.evidence.log_likelihood.setConstant(-1);
  const auto own = own_values(planted.evidence);

  const ExpectedValues expected = expected_values(planted.evidence);

  CHECK(expected.slope == 0);
  for (std::size_t a = 0; a < own.size(); ++a)
    for (std::size_t b = 0; b < own.size(); ++b)
      if (own[a] > own[b]) CHECK(expected.value[a] >= expected.value[b]);
}

TEST_CASE("equal outcomes are expected equal, and an impossible answer is one bad answer") {
  Rng rng(5, "planted");
  Planted planted = plant(30, 32, rng);
  planted.evidence.value.row(7) = planted.evidence.value.row(3);
  planted.evidence.log_likelihood.row(7) = planted.evidence.log_likelihood.row(3);
  planted.evidence.log_likelihood(5, 0) = -std::numeric_limits<double>::infinity();

  const ExpectedValues expected = expected_values(planted.evidence);

  CHECK(expected.value[7] == expected.value[3]);
  CHECK(std::all_of(expected.value.begin(), expected.value.end(),
                    [](double v) { return std::isfinite(v); }));
}

TEST_CASE("a handful of candidates keep their own values") {
  Rng rng(6, "planted");
  const Planted planted = plant(kLeastCandidates - 1, 32, rng);

  CHECK(expected_values(planted.evidence).value == own_values(planted.evidence));
  CHECK(expected_values({}).value.empty());
}

Judgement judged(std::size_t n, Rng& rng) {
  Judgement judgement;
  judgement.num_labels = 2;
  for (std::size_t i = 0; i < n; ++i) {
    judgement.gold.push_back(static_cast<std::int32_t>(i % 2));
    judgement.predicted.push_back(rng.uniform() < 0.7 ? judgement.gold[i] : 1 - judgement.gold[i]);
    judgement.rank.push_back(judgement.predicted[i] == judgement.gold[i] ? 1 : 2);
    judgement.gold_log_p.push_back(-0.5);
  }
  return judgement;
}

TEST_CASE("the values of the examples have the metric as their mean") {
  Rng rng(7, "judged");
  const Judgement judgement = judged(40, rng);
  for (const char* name : {"accuracy", "mrr", "macro_f1", "matthews", "f1"}) {
    CAPTURE(name);
    const Metric metric = find_metric(name);

    const auto values = example_values(metric, judgement);

    REQUIRE(values.size() == 40);
    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / 40;
    test::check_close(mean, measure(metric, judgement).value, 1e-12);
  }
}

TEST_CASE("pseudo-values scatter as the metric's bootstrap does") {
  Rng rng(8, "judged");
  const Judgement judgement = judged(200, rng);
  const Metric metric = find_metric("macro_f1");
  const MetricValue measured = measure(metric, judgement);

  const auto values = example_values(metric, judgement);

  double squares = 0;
  for (const double value : values) squares += (value - measured.value) * (value - measured.value);
  const double error = std::sqrt(squares / (200.0 * 199));
  test::check_close(error, measured.standard_error, 0.15 * measured.standard_error);
}

}  // namespace
}  // namespace prospect
