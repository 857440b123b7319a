#include "core/interval.h"

#include <algorithm>
#include <boost/math/distributions/beta.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>
#include <map>
#include <vector>

#include "core/rng.h"

namespace prospect {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

double beta_quantile(double a, double b, double share) {
  return boost::math::quantile(boost::math::beta_distribution<>(a, b), share);
}

std::vector<LabelCount> count_labels(const Judgement& judgement) {
  std::vector<LabelCount> counts(judgement.num_labels);
  for (std::size_t i = 0; i < judgement.size(); ++i) {
    auto& count = counts[static_cast<std::size_t>(judgement.gold[i])];
    ++count.total;
    count.right += judgement.predicted[i] == judgement.gold[i] ? 1 : 0;
  }
  return counts;
}

// The value at a share of sorted numbers, between neighbours on a line.
double percentile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

Interval bootstrap_interval(const Metric& metric, const Judgement& judgement, Drawn drawn,
                            std::size_t num_resamples) {
  std::map<std::int32_t, std::vector<std::size_t>> by_label;  // at random: one label for all
  for (std::size_t i = 0; i < judgement.size(); ++i)
    by_label[drawn == Drawn::by_label ? judgement.gold[i] : 0].push_back(i);
  Rng rng(0, "interval/bootstrap");
  std::vector<double> sample;
  std::vector<std::size_t> indices(judgement.size());
  for (std::size_t resample = 0; resample < num_resamples; ++resample) {
    std::size_t next = 0;
    for (const auto& [label, members] : by_label)
      for (std::size_t i = 0; i < members.size(); ++i)
        indices[next++] = members[static_cast<std::size_t>(rng.below(members.size()))];
    const double value = metric.value(judgement, indices);
    if (std::isfinite(value)) sample.push_back(value);
  }
  if (sample.empty()) return {kNaN, kNaN};
  std::sort(sample.begin(), sample.end());
  const double tail = (1 - kConfidence) / 2;
  return {percentile(sample, tail), percentile(sample, 1 - tail)};
}

}  // namespace

Interval exact_interval(std::size_t right, std::size_t total, double confidence) {
  if (total == 0) return {kNaN, kNaN};
  const double tail = (1 - confidence) / 2;
  const auto x = static_cast<double>(right), n = static_cast<double>(total);
  return {right == 0 ? 0.0 : beta_quantile(x, n - x + 1, tail),
          right == total ? 1.0 : beta_quantile(x + 1, n - x, 1 - tail)};
}

Interval stratified_interval(std::span<const LabelCount> labels, double confidence) {
  double total = 0, right = 0, mean = 0, variance = 0;
  for (const auto& label : labels) {
    total += static_cast<double>(label.total);
    right += static_cast<double>(label.right);
  }
  if (total == 0) return {kNaN, kNaN};
  for (const auto& label : labels) {
    if (label.total == 0) continue;
    const double share = static_cast<double>(label.total) / total;
    const double a = static_cast<double>(label.right) + 1;
    const double b = static_cast<double>(label.total - label.right) + 1;
    const double p = a / (a + b);
    mean += share * p;
    variance += share * share * p * (1 - p) / (a + b + 1);
  }
  const double weight = mean * (1 - mean) / variance - 1;
  const double tail = (1 - confidence) / 2;
  const double a = mean * weight, b = (1 - mean) * weight;
  // What was measured is never left out, not even at the ends.
  return {std::min(beta_quantile(a, b, tail), right / total),
          std::max(beta_quantile(a, b, 1 - tail), right / total)};
}

Interval metric_interval(const Metric& metric, const Judgement& judgement, Drawn drawn,
                         std::size_t num_resamples) {
  if (judgement.size() < 2) return {kNaN, kNaN};
  if (metric.name != "accuracy") return bootstrap_interval(metric, judgement, drawn, num_resamples);
  const auto counts = count_labels(judgement);
  if (drawn == Drawn::by_label) return stratified_interval(counts);
  std::size_t right = 0;
  for (const auto& count : counts) right += count.right;
  return exact_interval(right, judgement.size());
}

Interval mean_interval(std::span<const double> values, double confidence) {
  if (values.size() < 2) return {kNaN, kNaN};
  const auto n = static_cast<double>(values.size());
  double mean = 0, squares = 0;
  for (const double value : values) mean += value / n;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const double error = std::sqrt(squares / (n - 1) / n);
  const double t = boost::math::quantile(boost::math::students_t_distribution<>(n - 1),
                                         1 - (1 - confidence) / 2);
  return {mean - t * error, mean + t * error};
}

}  // namespace prospect
