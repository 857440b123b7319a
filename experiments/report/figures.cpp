#include "experiments/report/figures.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

namespace prospect {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// The value of a step function that has begun by this cost.
double value_at(const Curve& curve, std::int64_t cost) {
  const auto after =
      std::upper_bound(curve.begin(), curve.end(), cost,
                       [](std::int64_t at, const CurvePoint& point) { return at < point.cost; });
  return std::prev(after)->value;
}

bool is_right(const Judgement& judgement, std::size_t example) {
  return judgement.predicted[example] == judgement.gold[example];
}

}  // namespace

Curve best_so_far(Curve found) {
  std::erase_if(found, [](const CurvePoint& point) { return std::isnan(point.value); });
  std::stable_sort(found.begin(), found.end(), [](const CurvePoint& a, const CurvePoint& b) {
    return a.cost != b.cost ? a.cost < b.cost : a.value > b.value;
  });
  Curve steps;
  for (const auto& point : found)
    if (steps.empty() || point.value > steps.back().value) steps.push_back(point);
  return steps;
}

std::vector<BandPoint> band_over(std::span<const Curve> curves) {
  std::vector<const Curve*> begun;
  std::int64_t first = 0;
  std::set<std::int64_t> costs;
  for (const auto& curve : curves) {
    if (curve.empty()) continue;
    begun.push_back(&curve);
    first = std::max(first, curve.front().cost);
    for (const auto& point : curve) costs.insert(point.cost);
  }
  std::vector<BandPoint> band;
  for (auto cost = costs.lower_bound(first); cost != costs.end(); ++cost) {
    BandPoint point{*cost, 0, std::numeric_limits<double>::infinity(),
                    -std::numeric_limits<double>::infinity()};
    for (const Curve* curve : begun) {
      const double value = value_at(*curve, *cost);
      point.mean += value / static_cast<double>(begun.size());
      point.low = std::min(point.low, value);
      point.high = std::max(point.high, value);
    }
    band.push_back(point);
  }
  return band;
}

std::vector<std::vector<std::int64_t>> confusion(const Judgement& judgement) {
  std::vector<std::vector<std::int64_t>> counts(
      judgement.num_labels, std::vector<std::int64_t>(judgement.num_labels + 1));
  for (std::size_t i = 0; i < judgement.size(); ++i) {
    const std::size_t column = judgement.predicted[i] < 0
                                   ? judgement.num_labels
                                   : static_cast<std::size_t>(judgement.predicted[i]);
    ++counts[static_cast<std::size_t>(judgement.gold[i])][column];
  }
  return counts;
}

Reliability reliability(const Judgement& judgement, const MatrixXd& label_log_p,
                        std::size_t num_bins) {
  Reliability result;
  for (std::size_t b = 0; b < num_bins; ++b)
    result.bins.push_back({static_cast<double>(b) / static_cast<double>(num_bins),
                           static_cast<double>(b + 1) / static_cast<double>(num_bins), 0, 0, 0});
  for (std::size_t i = 0; i < judgement.size(); ++i) {
    const auto row = label_log_p.row(static_cast<Eigen::Index>(i));
    const double confidence = std::exp(row.maxCoeff());
    for (Eigen::Index k = 0; k < row.size(); ++k) {
      const double target = k == judgement.gold[i] ? 1 : 0;
      result.brier += (std::exp(row(k)) - target) * (std::exp(row(k)) - target);
    }
    if (std::isnan(confidence)) continue;
    const double place = std::ceil(confidence * static_cast<double>(num_bins)) - 1;
    auto& bin = result.bins[static_cast<std::size_t>(
        std::clamp(place, 0.0, static_cast<double>(num_bins - 1)))];
    ++bin.count;
    bin.confidence += confidence;
    bin.accuracy += is_right(judgement, i) ? 1 : 0;
  }
  const double total = static_cast<double>(judgement.size());
  for (auto& bin : result.bins) {
    result.calibration_error += std::abs(bin.accuracy - bin.confidence) / total;
    const double count = static_cast<double>(bin.count);
    bin.confidence = bin.count == 0 ? kNaN : bin.confidence / count;
    bin.accuracy = bin.count == 0 ? kNaN : bin.accuracy / count;
  }
  result.brier /= total;
  return result;
}

std::vector<Difference> differences(const Judgement& first, const Judgement& second) {
  std::vector<Difference> found;
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (first.predicted[i] == second.predicted[i]) continue;
    found.push_back(
        {i, is_right(first, i), is_right(second, i), second.gold_log_p[i] - first.gold_log_p[i]});
  }
  const auto group = [](const Difference& difference) {
    return difference.second_right ? 0 : difference.first_right ? 1 : 2;
  };
  std::stable_sort(found.begin(), found.end(), [&](const Difference& a, const Difference& b) {
    if (group(a) != group(b)) return group(a) < group(b);
    return std::abs(a.gain) > std::abs(b.gain);
  });
  return found;
}

std::vector<RaceRung> rungs_of(std::span<const std::size_t> num_seen, std::size_t num_examples) {
  std::set<std::size_t> ends(num_seen.begin(), num_seen.end());
  ends.erase(num_examples);
  std::vector<RaceRung> rungs{{0, num_seen.size()}};
  for (const std::size_t end : ends) {
    const auto left = std::count_if(num_seen.begin(), num_seen.end(),
                                    [&](std::size_t seen) { return seen > end; });
    if (end == 0)
      rungs.front().num_left = static_cast<std::size_t>(left);
    else
      rungs.push_back({end, static_cast<std::size_t>(left)});
  }
  if (num_examples > 0) rungs.push_back({num_examples, rungs.back().num_left});
  return rungs;
}

}  // namespace prospect
