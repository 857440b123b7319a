#include "core/race.h"

#include <algorithm>
#include <array>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

namespace prospect {
namespace {

constexpr std::array<double, 5> kStakes = {0.05, 0.1, 0.2, 0.4, 0.8};

// A run of examples that holds every label which is left, with the weight of each example.
struct Unit {
  Eigen::Index begin = 0, end = 0;
  VectorXd weights;  // [end - begin], sum 1
};

// The units of an order of labels; the last holds what is left over.
std::vector<Unit> make_units(std::span<const std::int32_t> labels) {
  std::map<std::int32_t, double> left;
  for (const std::int32_t label : labels) left[label] += 1;
  std::vector<Unit> units;
  const auto total = static_cast<Eigen::Index>(labels.size());
  for (Eigen::Index begin = 0; begin < total;) {
    std::map<std::int32_t, double> inside;
    Eigen::Index end = begin;
    while (end < total && inside.size() < left.size())
      inside[labels[static_cast<std::size_t>(end++)]] += 1;
    Unit unit{begin, end, VectorXd(end - begin)};
    const auto num_left = static_cast<double>(total - begin);
    for (Eigen::Index i = begin; i < end; ++i) {
      const std::int32_t label = labels[static_cast<std::size_t>(i)];
      unit.weights(i - begin) = left[label] / num_left / inside[label];
    }
    for (const auto& [label, count] : inside)
      if ((left[label] -= count) <= 0) left.erase(label);
    units.push_back(std::move(unit));
    begin = end;
  }
  return units;
}

// A candidate's purse: one for each stake, and the largest mean they ever had.
struct Purse {
  std::array<double, kStakes.size()> parts;
  double most = 1;
  Purse() { parts.fill(1); }

  // @param gain   by which the rival's lead exceeds what the hypothesis allows.
  // @param least  the smallest that it could have been, below 0.
  void bet(double gain, double least) {
    double sum = 0;
    for (std::size_t k = 0; k < kStakes.size(); ++k) {
      parts[k] *= 1 + kStakes[k] * gain / -least;
      sum += parts[k];
    }
    most = std::max(most, sum / static_cast<double>(kStakes.size()));
  }
};

// The two that lead, of those who saw an example.
struct Leaders {
  std::size_t first = SIZE_MAX, second = SIZE_MAX;
  std::size_t rival_of(std::size_t c) const { return c == first ? second : first; }
};

Leaders leaders(const MatrixXd& values, Eigen::Index example, const VectorXd& sums) {
  Leaders result;
  for (Eigen::Index c = 0; c < values.rows(); ++c) {
    if (std::isnan(values(c, example))) continue;
    const auto row = static_cast<std::size_t>(c);
    if (result.first == SIZE_MAX || sums(c) > sums(static_cast<Eigen::Index>(result.first))) {
      result.second = result.first;
      result.first = row;
    } else if (result.second == SIZE_MAX ||
               sums(c) > sums(static_cast<Eigen::Index>(result.second))) {
      result.second = row;
    }
  }
  return result;
}

double logbar(std::size_t count) {
  double sum = 0.5;
  for (std::size_t i = 2; i <= count; ++i) sum += 1 / static_cast<double>(i);
  return sum;
}

double logistic(double x) {
  return 1 / (1 + std::exp(-x));
}

}  // namespace

Racers beaten(const RaceRecord& record, std::span<const std::size_t> alive, double alpha) {
  const auto total = static_cast<Eigen::Index>(record.labels.size());
  VectorXd sums = VectorXd::Zero(record.values.rows());
  std::vector<Purse> purses(static_cast<std::size_t>(record.values.rows()));
  for (const Unit& unit : make_units(record.labels)) {
    const Eigen::Index size = unit.end - unit.begin;
    // The last example says whether a candidate saw the whole unit.
    const Leaders ahead = leaders(record.values, unit.end - 1, sums);
    if (ahead.second == SIZE_MAX) break;
    const VectorXd shown =
        record.values.middleCols(unit.begin, size) * unit.weights;  // NaN: unseen
    const auto num_left = static_cast<double>(total - unit.begin);
    for (std::size_t c = 0; c < purses.size(); ++c) {
      const auto row = static_cast<Eigen::Index>(c);
      if (std::isnan(shown(row))) continue;
      const auto rival = static_cast<Eigen::Index>(ahead.rival_of(c));
      const double allowed = -(sums(rival) - sums(row)) / num_left;
      const double least = -1 - allowed;
      constexpr double kTiny = 1e-12;
      if (least > kTiny)  // it cannot catch up
        purses[c].most = std::numeric_limits<double>::infinity();
      else if (least < -kTiny)  // at 0 it may still draw level
        purses[c].bet(shown(rival) - shown(row) - allowed, least);
    }
    for (Eigen::Index c = 0; c < record.values.rows(); ++c)
      if (!std::isnan(shown(c))) sums(c) += record.values.row(c).segment(unit.begin, size).sum();
  }
  Racers result;
  for (const std::size_t c : alive)
    if (purses[c].most >= 1 / alpha) result.push_back(c);
  return result;
}

Racers out_of_reach(const RaceRecord& record, std::span<const std::size_t> alive,
                    std::size_t num_seen, std::size_t keep) {
  Racers result;
  if (alive.size() <= keep || keep == 0) return result;
  std::vector<double> sums = seen_means(record, alive, num_seen);
  for (auto& sum : sums) sum *= static_cast<double>(num_seen);
  std::vector<double> sorted = sums;
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  const auto num_left = static_cast<double>(record.labels.size() - num_seen);
  constexpr double kSlack = 1e-9;  // a sum of terms may be off in its last bits
  for (std::size_t i = 0; i < alive.size(); ++i)
    if (sums[i] + num_left < sorted[keep - 1] - kSlack) result.push_back(alive[i]);
  return result;
}

Racers beaten_by_t_test(const RaceRecord& record, std::span<const std::size_t> alive,
                        std::size_t num_seen, std::size_t keep, double level) {
  Racers result;
  if (num_seen < 2) return result;
  const auto n = static_cast<double>(num_seen);
  const std::vector<Eigen::Index> rows(alive.begin(), alive.end());
  const MatrixXd seen = record.values(rows, Eigen::seqN(0, static_cast<Eigen::Index>(num_seen)));
  const VectorXd means = seen.rowwise().mean();
  const MatrixXd products = seen * seen.transpose();
  const double critical =
      boost::math::quantile(boost::math::students_t_distribution<>(n - 1), 1 - level);
  for (std::size_t i = 0; i < alive.size(); ++i) {
    std::size_t num_better = 0;
    const auto a = static_cast<Eigen::Index>(i);
    for (Eigen::Index b = 0; b < means.size(); ++b) {
      const double lead = means(b) - means(a);
      if (lead <= 0) continue;
      const double squares = products(a, a) + products(b, b) - 2 * products(a, b);
      const double variance = std::max(0.0, (squares - n * lead * lead) / (n - 1));
      num_better += lead >= critical * std::sqrt(variance / n) ? 1 : 0;
    }
    if (num_better >= keep) result.push_back(alive[i]);
  }
  return result;
}

std::vector<double> rasch_means(const RaceRecord& record) {
  const Eigen::Index num_candidates = record.values.rows(), num_examples = record.values.cols();
  VectorXd ability = VectorXd::Zero(num_candidates), ease = VectorXd::Zero(num_examples);
  // Newton steps for each parameter in turn; the penalty makes the optimum unique.
  constexpr int kSweeps = 25;
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    for (const bool candidates : {true, false}) {
      VectorXd& moved = candidates ? ability : ease;
      for (Eigen::Index i = 0; i < moved.size(); ++i) {
        double slope = -moved(i), curve = 1;
        const Eigen::Index count = candidates ? num_examples : num_candidates;
        for (Eigen::Index j = 0; j < count; ++j) {
          const double value = candidates ? record.values(i, j) : record.values(j, i);
          if (std::isnan(value)) continue;
          const double chance = logistic(moved(i) + (candidates ? ease(j) : ability(j)));
          slope += value - chance;
          curve += chance * (1 - chance);
        }
        moved(i) += slope / curve;
      }
    }
  }
  std::vector<double> means(static_cast<std::size_t>(num_candidates));
  for (Eigen::Index c = 0; c < num_candidates; ++c) {
    double sum = 0;
    for (Eigen::Index j = 0; j < num_examples; ++j)
      sum += std::isnan(record.values(c, j)) ? logistic(ability(c) + ease(j)) : record.values(c, j);
    means[static_cast<std::size_t>(c)] = sum / static_cast<double>(num_examples);
  }
  return means;
}

Racers continuous_rejects(const RaceRecord& record, std::span<const std::size_t> alive,
                          std::size_t num_seen, std::size_t keep, double spent_on_rejected,
                          double budget) {
  const std::vector<double> means = seen_means(record, alive, num_seen);
  std::vector<std::size_t> order(alive.size());  // worst first
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return means[a] < means[b]; });
  double sum = std::accumulate(means.begin(), means.end(), 0.0);
  Racers result;
  for (std::size_t at = 0; alive.size() - at > std::max<std::size_t>(keep, 1); ++at) {
    const auto count = static_cast<double>(alive.size() - at);
    const double left = budget - spent_on_rejected;
    const double beta =
        left > 0 ? count * static_cast<double>(num_seen) * logbar(alive.size() - at) / left
                 : std::numeric_limits<double>::infinity();
    const double gap = 1 / std::sqrt(beta) - 1;
    const double worst = means[order[at]];
    const double others = (sum - worst) / (count - 1);
    const double next = means[order[at + 1]];
    if (!(others - worst > gap || next - worst > gap)) break;
    result.push_back(alive[order[at]]);
    sum -= worst;
    spent_on_rejected += static_cast<double>(num_seen);
  }
  std::sort(result.begin(), result.end());
  return result;
}

std::vector<double> seen_means(const RaceRecord& record, std::span<const std::size_t> alive,
                               std::size_t num_seen) {
  std::vector<double> means;
  for (const std::size_t c : alive)
    means.push_back(record.values.row(static_cast<Eigen::Index>(c))
                        .head(static_cast<Eigen::Index>(num_seen))
                        .mean());
  return means;
}

}  // namespace prospect
