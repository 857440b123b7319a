#include "core/log_space.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "tests/support/check_close.h"

namespace prospect {
namespace {

using test::check_close;
using Doubles = std::vector<double>;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

Doubles normalised(Doubles values) {
  log_normalise(values);
  return values;
}

TEST_CASE("log_sum_exp adds probabilities") {
  check_close(log_sum_exp(Doubles{std::log(0.1), std::log(0.3)}), std::log(0.4), 1e-15);
}

TEST_CASE("log_sum_exp gives one value back unchanged") {
  CHECK(log_sum_exp(Doubles{-0.1}) == -0.1);
  CHECK(log_sum_exp(Doubles{-1e6}) == -1e6);
  CHECK(log_sum_exp(Doubles{-0.1, -kInfinity}) == -0.1);
}

TEST_CASE("log_sum_exp does not underflow") {
  // log(e^-1000 + e^-1000) = -1000 + log 2, though e^-1000 is 0 as a double.
  check_close(log_sum_exp(Doubles{-1000, -1000}), -1000 + std::log(2.0), 1e-12);
}

TEST_CASE("log_sum_exp of nothing, of impossible things, and of NaN") {
  CHECK(log_sum_exp(Doubles{}) == -kInfinity);
  CHECK(log_sum_exp(Doubles{-kInfinity, -kInfinity}) == -kInfinity);
  CHECK(log_sum_exp(Doubles{0, kInfinity}) == kInfinity);
  CHECK(std::isnan(log_sum_exp(Doubles{0, kNaN, kInfinity})));
}

TEST_CASE("log_normalise makes the probabilities sum to one") {
  // e^-1000 and e^-1001 are as 1 to 1/e: 1/(1 + 1/e) = 0.731059 and 0.268941.
  const Doubles values = normalised({-1000, -1001});
  check_close(std::exp(values[0]), 0.731059, 1e-6);
  check_close(std::exp(values[1]), 0.268941, 1e-6);
  check_close(values[0] - values[1], 1.0, 1e-12);
}

TEST_CASE("log_normalise keeps the impossible impossible") {
  const Doubles values = normalised({-3, -kInfinity});
  CHECK(values[0] == 0.0);
  CHECK(values[1] == -kInfinity);
}

TEST_CASE("log_normalise is uniform where all is impossible, NaN where undefined") {
  for (const double value : normalised({-kInfinity, -kInfinity, -kInfinity, -kInfinity}))
    check_close(value, std::log(0.25), 1e-15);
  for (const double value : normalised({0, kNaN})) CHECK(std::isnan(value));
  for (const double value : normalised({0, kInfinity})) CHECK(std::isnan(value));
  CHECK(normalised({}).empty());
}

}  // namespace
}  // namespace prospect
