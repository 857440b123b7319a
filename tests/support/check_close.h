#pragma once

#include <doctest/doctest.h>

#include <cmath>

namespace prospect::test {

/// Checks |actual - expected| <= tolerance; NaN is never close.
inline void check_close(double actual, double expected, double tolerance) {
  INFO("actual ", actual, ", expected ", expected, ", tolerance ", tolerance);
  CHECK(std::abs(actual - expected) <= tolerance);
}

}  // namespace prospect::test
