#include "core/log_space.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace prospect {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

}  // namespace

double log_sum_exp(std::span<const double> values) {
  double largest = -kInfinity;
  for (const double value : values) {
    if (std::isnan(value)) return value;
    largest = std::max(largest, value);
  }
  // The difference of two infinities is no number.
  if (std::isinf(largest)) return largest;
  double sum = 0;
  for (const double value : values) sum += std::exp(value - largest);
  return largest + std::log(sum);
}

void log_normalise(std::span<double> values) {
  const double total = log_sum_exp(values);
  const bool undefined = std::isnan(total) || total == kInfinity;
  const bool impossible = total == -kInfinity;
  for (double& value : values) {
    if (undefined)
      value = std::numeric_limits<double>::quiet_NaN();
    else if (impossible)
      value = -std::log(static_cast<double>(values.size()));
    else
      value -= total;
  }
}

}  // namespace prospect
