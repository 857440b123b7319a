#include "core/expected_value.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "core/error.h"

namespace prospect {
namespace {

using Rows = std::vector<Eigen::Index>;

// Sums of products of what is left of the cells of some candidates when each candidate's mean
// within a label and each example's mean are taken out; of values, of log-likelihoods, and mixed.
struct Noise {
  double values = 0, mixed = 0, likelihoods = 0;
};

MatrixXd centred(const MatrixXd& cells, const Rows& candidates, const Rows& examples) {
  MatrixXd part = cells(candidates, examples);
  const VectorXd row_means = part.rowwise().mean();
  const Eigen::RowVectorXd column_means = part.colwise().mean();
  const double mean = row_means.mean();
  part.colwise() -= row_means;
  part.rowwise() -= column_means;
  part.array() += mean;
  return part;
}

// Variances of one cell's noise.
Noise cell_noise(const Evidence& evidence, const MatrixXd& likelihoods, const Rows& candidates) {
  std::map<std::int32_t, Rows> by_label;
  for (std::size_t i = 0; i < evidence.gold.size(); ++i)
    by_label[evidence.gold[i]].push_back(static_cast<Eigen::Index>(i));
  Noise noise;
  double freedom = 0;
  for (const auto& [label, examples] : by_label) {
    const MatrixXd values = centred(evidence.value, candidates, examples);
    const MatrixXd logs = centred(likelihoods, candidates, examples);
    noise.values += values.squaredNorm();
    noise.mixed += values.cwiseProduct(logs).sum();
    noise.likelihoods += logs.squaredNorm();
    freedom +=
        static_cast<double>(candidates.size() - 1) * static_cast<double>(examples.size() - 1);
  }
  if (freedom == 0) return {};
  return {noise.values / freedom, noise.mixed / freedom, noise.likelihoods / freedom};
}

// The best quarter by log-likelihood; equal ones in their order.
Rows best_quarter(const VectorXd& likelihood) {
  Rows order(static_cast<std::size_t>(likelihood.size()));
  std::iota(order.begin(), order.end(), Eigen::Index{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](Eigen::Index a, Eigen::Index b) { return likelihood(a) > likelihood(b); });
  order.resize(std::min(order.size(), std::max(kLeastFitted, order.size() / 4)));
  std::sort(order.begin(), order.end());
  return order;
}

std::vector<double> pseudo_values(const Metric& metric, const Judgement& judgement, double all) {
  const std::size_t n = judgement.size();
  std::vector<double> values(n, all);
  if (n < 2 || n > kMostLeftOut) return values;
  std::vector<std::size_t> rest(n);
  std::iota(rest.begin(), rest.end(), std::size_t{0});
  rest.pop_back();
  std::vector<double> left_out(n);
  for (std::size_t i = n; i-- > 0;) {  // all but example i
    left_out[i] = metric.value(judgement, rest);
    if (!std::isfinite(left_out[i])) return values;
    if (i > 0) rest[i - 1] = i;
  }
  const double mean =
      std::accumulate(left_out.begin(), left_out.end(), 0.0) / static_cast<double>(n);
  for (std::size_t i = 0; i < n; ++i)
    values[i] = all + static_cast<double>(n - 1) * (mean - left_out[i]);
  return values;
}

}  // namespace

std::vector<double> example_values(const Metric& metric, const Judgement& judgement) {
  std::vector<std::size_t> all(judgement.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  if (!metric.is_mean) return pseudo_values(metric, judgement, metric.value(judgement, all));
  std::vector<double> values;
  for (const std::size_t i : all) values.push_back(metric.value(judgement, std::span(&i, 1)));
  return values;
}

ExpectedValues expected_values(const Evidence& evidence) {
  const Eigen::Index num_candidates = evidence.value.rows(), num_examples = evidence.value.cols();
  if (evidence.log_likelihood.rows() != num_candidates ||
      evidence.log_likelihood.cols() != num_examples ||
      evidence.gold.size() != static_cast<std::size_t>(num_examples))
    fail(ErrorKind::internal, "expected_values", "expected two matrices of one shape and a label",
         " for each column, found ", num_candidates, " x ", num_examples, ", ",
         evidence.log_likelihood.rows(), " x ", evidence.log_likelihood.cols(), " and ",
         evidence.gold.size(), " labels");
  ExpectedValues result;
  if (num_candidates == 0 || num_examples == 0) return result;
  const VectorXd own = evidence.value.rowwise().mean();
  result.value.assign(own.data(), own.data() + own.size());
  if (static_cast<std::size_t>(num_candidates) < kLeastCandidates || num_examples < 2)
    return result;

  const MatrixXd likelihoods = evidence.log_likelihood.cwiseMax(kLeastLogLikelihood);
  const VectorXd likelihood = likelihoods.rowwise().mean();
  const Rows fitted = best_quarter(likelihood);
  const double mean_likelihood = likelihood(fitted).mean(), mean_value = own(fitted).mean();
  const VectorXd x = likelihood(fitted).array() - mean_likelihood;
  const VectorXd y = own(fitted).array() - mean_value;
  const double spread = x.squaredNorm();
  if (spread > 0) result.slope = std::max(0.0, x.dot(y) / spread);

  const double scatter =
      (y - result.slope * x).squaredNorm() / static_cast<double>(fitted.size() - 2);
  const Noise noise = cell_noise(evidence, likelihoods, fitted);
  double unshared = noise.values;
  if (noise.likelihoods > 0) unshared -= noise.mixed * noise.mixed / noise.likelihoods;
  unshared /= static_cast<double>(num_examples);
  // No scatter at all: the line says the same as the values.
  result.trust = scatter > 0 ? std::clamp(1 - unshared / scatter, 0.0, 1.0) : 1.0;
  for (Eigen::Index i = 0; i < num_candidates; ++i) {
    const double line = mean_value + result.slope * (likelihood(i) - mean_likelihood);
    result.value[static_cast<std::size_t>(i)] = line + result.trust * (own(i) - line);
  }
  return result;
}

}  // namespace prospect
