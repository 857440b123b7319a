#include "core/paired_test.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace prospect {
namespace {

// Sums of the same numbers in another order or with other signs may differ in the last bits; a
// pattern that is as extreme as the observed one must count.
constexpr double kRelativeSlack = 1e-12;

bool as_extreme(double sum, double observed, double scale) {
  return std::abs(sum) >= std::abs(observed) - kRelativeSlack * scale;
}

double enumerate_signs(std::span<const double> sizes, double observed, double scale) {
  const std::uint32_t num_patterns = std::uint32_t{1} << sizes.size();
  std::uint32_t extreme = 0;
  for (std::uint32_t pattern = 0; pattern < num_patterns; ++pattern) {
    double sum = 0;
    for (std::size_t i = 0; i < sizes.size(); ++i)
      sum += (pattern >> i & 1) != 0 ? sizes[i] : -sizes[i];
    extreme += as_extreme(sum, observed, scale) ? 1 : 0;
  }
  return static_cast<double>(extreme) / num_patterns;
}

double draw_signs(std::span<const double> sizes, double observed, double scale, Rng& rng,
                  std::size_t num_samples) {
  constexpr std::size_t kBits = 64;
  std::size_t extreme = 0;
  for (std::size_t sample = 0; sample < num_samples; ++sample) {
    double sum = 0;
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < sizes.size(); ++i, bits >>= 1) {
      if (i % kBits == 0) bits = rng.next();
      sum += (bits & 1) != 0 ? sizes[i] : -sizes[i];
    }
    extreme += as_extreme(sum, observed, scale) ? 1 : 0;
  }
  return static_cast<double>(extreme + 1) / static_cast<double>(num_samples + 1);
}

}  // namespace

double mcnemar_exact(std::size_t only_a, std::size_t only_b) {
  const double total = static_cast<double>(only_a + only_b);
  const std::size_t fewer = std::min(only_a, only_b);
  double log_p = -total * std::log(2.0);  // of no example on the one side
  double tail = 0;
  for (std::size_t i = 0; i <= fewer; ++i) {
    tail += std::exp(log_p);
    const double k = static_cast<double>(i);
    log_p += std::log(total - k) - std::log(k + 1);
  }
  return std::min(1.0, 2 * tail);
}

double sign_flip_test(std::span<const double> differences, Rng& rng, std::size_t num_samples) {
  std::vector<double> sizes;
  double observed = 0, scale = 0;
  for (const double difference : differences) {
    if (!std::isfinite(difference)) return std::numeric_limits<double>::quiet_NaN();
    if (difference == 0) continue;
    sizes.push_back(std::abs(difference));
    observed += difference;
    scale += std::abs(difference);
  }
  if (sizes.empty()) return 1;
  if (sizes.size() <= kMostEnumerated) return enumerate_signs(sizes, observed, scale);
  return draw_signs(sizes, observed, scale, rng, num_samples);
}

std::vector<double> holm(std::span<const double> p_values) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < p_values.size(); ++i)
    if (!std::isnan(p_values[i])) order.push_back(i);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return p_values[a] < p_values[b]; });

  std::vector<double> adjusted(p_values.begin(), p_values.end());
  double least = 0;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    const double factor = static_cast<double>(order.size() - rank);
    least = std::max(least, std::min(1.0, factor * p_values[order[rank]]));
    adjusted[order[rank]] = least;
  }
  return adjusted;
}

}  // namespace prospect
