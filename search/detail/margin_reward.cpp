#include "search/detail/margin_reward.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "search/detail/scored.h"

namespace prospect {

double margin_score(const MatrixXd& label_log_p, std::span<const std::int32_t> gold) {
  constexpr double kRight = 200, kWrong = 180;
  double sum = 0;
  for (Eigen::Index row = 0; row < label_log_p.rows(); ++row) {
    const Eigen::Index right = gold[static_cast<std::size_t>(row)];
    double best_other = 0;
    for (Eigen::Index label = 0; label < label_log_p.cols(); ++label)
      if (label != right) best_other = std::max(best_other, std::exp(label_log_p(row, label)));
    const double gap = std::exp(label_log_p(row, right)) - best_other;
    sum += gap * (gap > 0 ? kRight : kWrong);
  }
  return label_log_p.rows() == 0 ? std::numeric_limits<double>::quiet_NaN()
                                 : sum / static_cast<double>(label_log_p.rows());
}

double margin_score(const Trial& trial, const Task& task) {
  if (trial.status != Status::scored) return std::numeric_limits<double>::quiet_NaN();
  const auto& verbalizer = std::get<Candidate>(trial.entry).verbalizer;
  std::vector<std::int32_t> gold;
  for (const auto& example : examples_of(trial.outcome, task)) gold.push_back(example.label);
  return margin_score(label_log_probs(verbalizer, trial.outcome.rows), gold);
}

}  // namespace prospect
