#include "search/detail/paired_lead.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace prospect {

double paired_lead(std::span<const double> a, std::span<const double> b) {
  const std::size_t n = std::min(a.size(), b.size());
  if (n < 2) return 0;
  double sum = 0, squares = 0;
  for (std::size_t i = 0; i < n; ++i) sum += a[i] - b[i];
  const double mean = sum / static_cast<double>(n);
  for (std::size_t i = 0; i < n; ++i) squares += (a[i] - b[i] - mean) * (a[i] - b[i] - mean);
  const double error = std::sqrt(squares / static_cast<double>(n * (n - 1)));
  if (error == 0)
    return mean == 0 ? 0 : std::copysign(std::numeric_limits<double>::infinity(), mean);
  return mean / error;
}

}  // namespace prospect
