#include "search/answers/probe.h"

#include <algorithm>
#include <cmath>

namespace prospect {

LinearProbe fit_probe(const MatrixXf& vectors, std::span<const std::int32_t> labels,
                      std::size_t num_labels, double decay, std::int64_t steps) {
  const auto num_rows = static_cast<Eigen::Index>(
      std::count_if(labels.begin(), labels.end(), [](std::int32_t label) { return label >= 0; }));
  const auto k = static_cast<Eigen::Index>(num_labels);
  MatrixXd inputs(num_rows, vectors.cols() + 1);  // the last column is the bias's
  MatrixXd targets = MatrixXd::Zero(num_rows, k);
  Eigen::Index at = 0;
  for (std::size_t r = 0; r < labels.size(); ++r) {
    if (labels[r] < 0) continue;
    inputs.row(at).head(vectors.cols()) = vectors.row(static_cast<Eigen::Index>(r)).cast<double>();
    inputs(at, vectors.cols()) = 1;
    targets(at++, labels[r]) = 1;
  }
  MatrixXd weights = MatrixXd::Zero(k, inputs.cols());
  if (num_rows == 0) return {weights.leftCols(vectors.cols()), weights.col(vectors.cols())};

  // The Hessian of the mean cross-entropy is at most half the mean squared length of a row.
  const double step = 1 / (0.5 * inputs.squaredNorm() / static_cast<double>(num_rows) + decay);
  MatrixXd ahead = weights;
  for (std::int64_t i = 0; i < steps; ++i) {
    MatrixXd p = inputs * ahead.transpose();  // [R, K]
    p.colwise() -= p.rowwise().maxCoeff().eval();
    p = p.array().exp();
    p.array().colwise() /= p.rowwise().sum().array().eval();
    MatrixXd gradient = (p - targets).transpose() * inputs / static_cast<double>(num_rows);
    gradient.leftCols(vectors.cols()) += decay * ahead.leftCols(vectors.cols());
    const MatrixXd next = ahead - step * gradient;
    ahead = next + static_cast<double>(i) / static_cast<double>(i + 3) * (next - weights);
    weights = next;
  }
  return {weights.leftCols(vectors.cols()), weights.col(vectors.cols())};
}

}  // namespace prospect
