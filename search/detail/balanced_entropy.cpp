#include "search/detail/balanced_entropy.h"

#include <cmath>
#include <numeric>
#include <vector>

#include "core/metric.h"

namespace prospect {

double balanced_entropy(const Judgement& judgement, double entropy_weight) {
  std::vector<std::size_t> all(judgement.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  const double accuracy = find_metric("balanced_accuracy").value(judgement, all);

  std::vector<double> counts(judgement.num_labels, 0);
  for (const auto label : judgement.predicted)
    if (label >= 0) ++counts[static_cast<std::size_t>(label)];
  double entropy = 0;
  for (const double count : counts) {
    const double frequency = count / static_cast<double>(judgement.size());
    if (frequency > 0) entropy -= frequency * std::log(frequency);
  }
  return std::round(100 * 100 * accuracy) / 100 + entropy_weight * entropy;
}

}  // namespace prospect
