#include "core/unlabelled.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/calibration.h"

namespace prospect {

bool are_unlabelled(std::span<const Example> examples) {
  return !examples.empty() && std::all_of(examples.begin(), examples.end(),
                                          [](const Example& example) { return example.label < 0; });
}

Evaluation evaluate_unlabelled(const Verbalizer& verbalizer, std::span<const RowOutcome> rows) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  Evaluation evaluation{kNone, kNone, kNone, kNone, rows.size(), 0};
  if (rows.empty()) return evaluation;
  const MatrixXd log_p = label_log_probs(verbalizer, rows);  // [R, K]
  const VectorXd mean = mean_log_prior(log_p);
  std::vector<double> terms;
  for (Eigen::Index r = 0; r < log_p.rows(); ++r) {
    double divergence = 0;
    for (Eigen::Index k = 0; k < log_p.cols(); ++k) {
      const double p = std::exp(log_p(r, k));
      if (p != 0) divergence += p * (log_p(r, k) - mean[k]);  // a NaN stays one
    }
    terms.push_back(divergence);
  }
  const auto count = static_cast<double>(terms.size());
  double sum = 0, squares = 0;
  for (const double term : terms) sum += term;
  // It is never negative, and what rounding leaves of 0 tells nothing apart.
  evaluation.value = std::max(0.0, std::round(sum / count * 1e12) / 1e12);
  for (const double term : terms) squares += (term - evaluation.value) * (term - evaluation.value);
  if (terms.size() > 1) evaluation.standard_error = std::sqrt(squares / (count - 1) / count);
  evaluation.truncated = std::count_if(
      rows.begin(), rows.end(), [](const RowOutcome& row) { return row.truncated_tokens > 0; });
  return evaluation;
}

}  // namespace prospect
