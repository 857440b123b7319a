#include "core/paired_test.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "tests/support/check_close.h"

namespace prospect {
namespace {

using test::check_close;

TEST_CASE("McNemar's exact p-value is twice the binomial tail, and at most one") {
  // 2 (C(10,0) + C(10,1) + C(10,2)) / 2^10 = 2 x 56 / 1024
  check_close(mcnemar_exact(2, 8), 112.0 / 1024, 1e-12);
  check_close(mcnemar_exact(8, 2), 112.0 / 1024, 1e-12);
  check_close(mcnemar_exact(0, 5), 2.0 / 32, 1e-12);
  CHECK(mcnemar_exact(5, 5) == 1);
  CHECK(mcnemar_exact(0, 0) == 1);
}

TEST_CASE("McNemar's exact p-value of thousands of examples is a number") {
  // The normal approximation with continuity: z = (|2100 - 1900| - 1) / sqrt(4000) = 3.1465.
  check_close(mcnemar_exact(1900, 2100), 2 * 0.5 * std::erfc(3.14648 / std::sqrt(2.0)), 2e-5);
  CHECK(mcnemar_exact(0, 4000) == 0);
}

TEST_CASE("the sign-flip test of few differences counts all patterns of signs") {
  Rng rng(1, "test");
  // |1 + 2 + 4| is reached by two of eight patterns, |4 + 2 - 1| = 5 or more by four.
  const std::vector<double> all_positive{1, 2, 4}, one_negative{-1, 2, 4};

  CHECK(sign_flip_test(all_positive, rng) == 2.0 / 8);
  CHECK(sign_flip_test(one_negative, rng) == 4.0 / 8);
}

TEST_CASE("the sign-flip test of right and wrong answers is McNemar's test") {
  Rng rng(1, "test");
  for (std::size_t only_b = 0; only_b <= 7; ++only_b) {
    std::vector<double> differences(7 - only_b, 1.0);
    differences.insert(differences.end(), only_b, -1.0);
    differences.insert(differences.end(), 20, 0.0);
    CAPTURE(only_b);

    check_close(sign_flip_test(differences, rng), mcnemar_exact(7 - only_b, only_b), 1e-12);
  }
}

TEST_CASE("a drawn sign-flip test comes close to the exact one, is repeatable and never zero") {
  std::vector<double> differences(30, 1.0);
  std::fill(differences.begin(), differences.begin() + 9, -1.0);
  Rng first(7, "test"), second(7, "test"), third(7, "test");

  // The standard error of a share near 0.043 in 10,000 draws is 0.002.
  const double drawn = sign_flip_test(differences, first);
  check_close(drawn, mcnemar_exact(9, 21), 0.008);
  CHECK(drawn == sign_flip_test(differences, second));
  const std::vector<double> clear(60, 1.0);
  CHECK(sign_flip_test(clear, third, 99) == 1.0 / 100);
}

TEST_CASE("the sign-flip test rejects a true hypothesis no more often than its level") {
  Rng data(3, "data"), rng(3, "test");
  int rejected = 0;
  constexpr int kTrials = 1000;
  for (int trial = 0; trial < kTrials; ++trial) {
    std::vector<double> differences;
    for (int i = 0; i < 20; ++i) differences.push_back(data.uniform() - data.uniform());
    rejected += sign_flip_test(differences, rng, 199) <= 0.05 ? 1 : 0;
  }
  // 50 expected; 4 standard deviations are 28.
  CHECK(rejected <= 78);
  CHECK(rejected >= 22);
}

TEST_CASE("without a difference nothing is shown, and a NaN is no test") {
  Rng rng(1, "test");
  CHECK(sign_flip_test({}, rng) == 1);
  CHECK(sign_flip_test(std::vector<double>{0, 0}, rng) == 1);
  CHECK(std::isnan(sign_flip_test(std::vector<double>{1, std::nan("")}, rng)));
  CHECK(std::isnan(
      sign_flip_test(std::vector<double>{std::numeric_limits<double>::infinity()}, rng)));
}

TEST_CASE("Holm's adjusted p-values grow with the order and stay at most one") {
  const std::vector<double> p{0.01, 0.04, 0.03, 0.005, 0.9};

  const auto adjusted = holm(p);

  // Ascending: 0.005 x 5, 0.01 x 4, 0.03 x 3, 0.04 x 2 (held at 0.09), 0.9 x 1.
  const std::vector<double> expected{0.04, 0.09, 0.09, 0.025, 0.9};
  REQUIRE(adjusted.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) check_close(adjusted[i], expected[i], 1e-12);
  CHECK(holm(std::vector<double>{0.6, 0.7})[0] == 1);
  CHECK(holm({}).empty());
}

TEST_CASE("Holm passes over what is no test") {
  const auto adjusted = holm(std::vector<double>{std::nan(""), 0.02, 0.5});

  CHECK(std::isnan(adjusted[0]));
  check_close(adjusted[1], 0.04, 1e-12);
  check_close(adjusted[2], 0.5, 1e-12);
}

}  // namespace
}  // namespace prospect
