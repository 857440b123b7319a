#include "core/interval.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <vector>

#include "tests/support/check_close.h"

namespace prospect {
namespace {

using test::check_close;

Judgement judged(const std::vector<std::int32_t>& gold, const std::vector<std::int32_t>& answer) {
  Judgement judgement;
  judgement.num_labels = 2;
  judgement.gold = gold;
  judgement.predicted = answer;
  for (std::size_t i = 0; i < gold.size(); ++i)
    judgement.rank.push_back(gold[i] == answer[i] ? 1 : 2);
  return judgement;
}

double binomial(std::size_t n, std::size_t k, double p) {
  const auto x = static_cast<double>(k), m = static_cast<double>(n);
  return std::exp(std::lgamma(m + 1) - std::lgamma(x + 1) - std::lgamma(m - x + 1)) *
         std::pow(p, x) * std::pow(1 - p, m - x);
}

TEST_CASE("the exact interval has the published ends") {
  // Clopper and Pearson for 8 of 10, as in R's binom.test(8, 10).
  const Interval some = exact_interval(8, 10);
  check_close(some.low, 0.44390, 1e-5);
  check_close(some.high, 0.97479, 1e-5);

  const Interval none = exact_interval(0, 10), all = exact_interval(10, 10);
  CHECK(none.low == 0);
  check_close(none.high, 1 - std::pow(0.025, 0.1), 1e-12);  // 1 - (alpha / 2)^(1 / n)
  check_close(all.low, std::pow(0.025, 0.1), 1e-12);
  CHECK(all.high == 1);
  CHECK(std::isnan(exact_interval(0, 0).low));
}

TEST_CASE("the exact interval never covers less often than it says") {
  for (const double p : {0.03, 0.2, 0.5, 0.77, 0.98}) {
    double covered = 0;
    for (std::size_t k = 0; k <= 32; ++k) {
      const Interval interval = exact_interval(k, 32);
      if (interval.low <= p && p <= interval.high) covered += binomial(32, k, p);
    }
    CHECK(covered >= 0.95);
  }
}

TEST_CASE(
    "for sets drawn label by label the stratified interval covers as often as it says, where "
    "the exact one covers nearly always") {
  // Accuracies on two labels, from even to a strong preference for one label; 16 of each.
  double stratified = 0, exact = 0;
  const std::vector<std::array<double, 2>> truths{{0.7, 0.7},  {0.9, 0.6},  {0.95, 0.4},
                                                  {0.85, 0.5}, {0.98, 0.2}, {0.6, 0.55}};
  for (const auto& truth : truths) {
    const double mean = (truth[0] + truth[1]) / 2;
    for (std::size_t a = 0; a <= 16; ++a)
      for (std::size_t b = 0; b <= 16; ++b) {
        const double chance = binomial(16, a, truth[0]) * binomial(16, b, truth[1]) /
                              static_cast<double>(truths.size());
        const Interval own = stratified_interval(std::vector<LabelCount>{{a, 16}, {b, 16}});
        const Interval both = exact_interval(a + b, 32);
        if (own.low <= mean && mean <= own.high) stratified += chance;
        if (both.low <= mean && mean <= both.high) exact += chance;
      }
  }

  CHECK(std::abs(stratified - 0.95) < 0.015);
  CHECK(exact > 0.975);
}

TEST_CASE("a perfect or hopeless set is not certain, and a label without examples does not count") {
  const Interval perfect = stratified_interval(std::vector<LabelCount>{{16, 16}, {16, 16}});
  CHECK(perfect.low > 0.8);
  CHECK(perfect.low < 0.98);
  CHECK(perfect.high == 1);

  const Interval two = stratified_interval(std::vector<LabelCount>{{10, 16}, {12, 16}});
  const Interval three = stratified_interval(std::vector<LabelCount>{{10, 16}, {12, 16}, {0, 0}});
  CHECK(two.low == three.low);
  CHECK(std::isnan(stratified_interval(std::vector<LabelCount>{{0, 0}}).low));
}

TEST_CASE("a metric other than accuracy has the percentiles of the bootstrap around its value") {
  std::vector<std::int32_t> gold, answer;
  for (int i = 0; i < 100; ++i) {
    gold.push_back(i % 2);
    answer.push_back(i % 5 == 0 ? 1 - i % 2 : i % 2);
  }
  const Metric metric = find_metric("matthews");
  const auto judgement = judged(gold, answer);
  const MetricValue value = measure(metric, judgement);

  for (const Drawn drawn : {Drawn::by_label, Drawn::at_random}) {
    const Interval interval = metric_interval(metric, judgement, drawn);
    check_close(interval.low, value.value - 1.96 * value.standard_error, 0.06);
    check_close(interval.high, value.value + 1.96 * value.standard_error, 0.06);
  }
  CHECK(std::isnan(metric_interval(metric, judged({1}, {1}), Drawn::by_label).low));
}

TEST_CASE("accuracy is counted by label or over all, as the examples were drawn") {
  const auto judgement = judged({0, 0, 0, 1, 1, 1}, {0, 0, 0, 0, 0, 1});
  const Metric metric = find_metric("accuracy");

  const Interval dev = metric_interval(metric, judgement, Drawn::by_label);
  const Interval test = metric_interval(metric, judgement, Drawn::at_random);

  CHECK(dev.low == stratified_interval(std::vector<LabelCount>{{3, 3}, {1, 3}}).low);
  CHECK(test.high == exact_interval(4, 6).high);
}

TEST_CASE("the mean over splits has Student's interval") {
  const Interval interval = mean_interval(std::vector{1.0, 2.0, 3.0});

  // 2 +- 4.302653 (2 degrees of freedom) * 1 / sqrt(3)
  check_close(interval.low, 2 - 2.484138, 1e-6);
  check_close(interval.high, 2 + 2.484138, 1e-6);
  CHECK(std::isnan(mean_interval(std::vector{1.0}).low));
}

}  // namespace
}  // namespace prospect
