#include "search/policy/soft_q.h"

#include <cmath>

namespace prospect {

SoftQLoss soft_q_loss(const MatrixXd& advantages, const MatrixXd& target_values,
                      std::span<const double> rewards) {
  const Eigen::Index length = advantages.cols();
  const auto count = static_cast<double>(advantages.rows());
  SoftQLoss loss{0, MatrixXd::Zero(advantages.rows(), length)};
  for (Eigen::Index n = 0; n < advantages.rows(); ++n) {
    const double reward = rewards[static_cast<std::size_t>(n)];
    double after = 0;  // advantages from here to the end
    std::vector<double> multi(static_cast<std::size_t>(length));
    for (Eigen::Index t = length - 1; t >= 0; --t) {
      after += advantages(n, t);
      multi[static_cast<std::size_t>(t)] = after - (reward - target_values(n, t));
    }
    double multi_before = 0;  // an advantage is in the sums of all places up to its own
    for (Eigen::Index t = 0; t < length; ++t) {
      const double next = t + 1 < length ? target_values(n, t + 1) : reward;
      const double single = advantages(n, t) - (next - target_values(n, t));
      const double sum = multi[static_cast<std::size_t>(t)];
      multi_before += sum;
      loss.value += (single * single + sum * sum) / (2 * count);
      loss.at_advantages(n, t) = (single + multi_before) / count;
    }
  }
  return loss;
}

std::vector<double> z_scores(std::span<const double> values) {
  const auto count = static_cast<double>(values.size());
  double mean = 0, variance = 0;
  for (const double value : values) mean += value / count;
  for (const double value : values) variance += (value - mean) * (value - mean) / count;
  std::vector<double> scores;
  for (const double value : values) scores.push_back((value - mean) / (std::sqrt(variance) + 1e-4));
  return scores;
}

}  // namespace prospect
