#include "search/detail/ensemble_weights.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "core/ensemble.h"
#include "core/log_space.h"
#include "core/metric.h"
#include "core/outcome.h"

namespace prospect {
namespace {

// What is less likely than this counts as if it were as likely: one impossible answer would leave
// no finite derivative.
constexpr double kLeastLogP = -30.0;
constexpr double kLeastStep = 1e-12;

// The examples as [M, K] blocks, cut off from below.
std::vector<MatrixXd> blocks_of(const MemberAnswers& answers) {
  const auto num_members = static_cast<Eigen::Index>(answers.log_p.size());
  const Eigen::Index num_labels = answers.log_p.front().cols();
  std::vector<MatrixXd> blocks(answers.gold.size(), MatrixXd(num_members, num_labels));
  for (std::size_t n = 0; n < blocks.size(); ++n)
    for (Eigen::Index m = 0; m < num_members; ++m)
      for (Eigen::Index k = 0; k < num_labels; ++k) {
        const double value =
            answers.log_p[static_cast<std::size_t>(m)](static_cast<Eigen::Index>(n), k);
        blocks[n](m, k) = value >= kLeastLogP ? value : kLeastLogP;  // also for NaN
      }
  return blocks;
}

struct Point {
  double value = 0;
  VectorXd gradient;  // [M]
};

class Objective {
 public:
  Objective(const MemberAnswers& answers, WeightObjective kind)
      : blocks_(blocks_of(answers)), gold_(answers.gold), kind_(kind) {}

  Eigen::Index num_members() const { return blocks_.front().rows(); }

  Point at(const VectorXd& weights) const {
    Point point{0, VectorXd::Zero(num_members())};
    for (std::size_t n = 0; n < blocks_.size(); ++n) {
      const VectorXd gold = blocks_[n].col(gold_[n]);  // [M]
      if (kind_ == WeightObjective::mixture) {
        const VectorXd p = gold.array().exp().matrix();
        const double mixed = weights.dot(p);
        point.value += std::log(mixed);
        point.gradient += p / mixed;
        continue;
      }
      VectorXd mixed = blocks_[n].transpose() * weights;  // [K]
      const double gold_score = mixed[gold_[n]];
      const double total = log_sum_exp({mixed.data(), static_cast<std::size_t>(mixed.size())});
      point.value += gold_score - total;
      mixed = (mixed.array() - total).exp().matrix();
      point.gradient += gold - blocks_[n] * mixed;
    }
    const auto count = static_cast<double>(blocks_.size());
    point.value /= count;
    point.gradient /= count;
    return point;
  }

 private:
  std::vector<MatrixXd> blocks_;
  std::vector<std::int32_t> gold_;
  WeightObjective kind_;
};

double gap_of(const VectorXd& weights, const VectorXd& gradient) {
  return std::max(0.0, gradient.maxCoeff() - weights.dot(gradient));
}

LearnedWeights learned(const VectorXd& weights, const Point& point, std::int64_t num_steps) {
  LearnedWeights result{{weights.data(), weights.data() + weights.size()},
                        point.value,
                        gap_of(weights, point.gradient),
                        0,
                        num_steps};
  for (const double weight : result.weights)
    if (weight > 0) result.entropy -= weight * std::log(weight);
  return result;
}

VectorXd softmax(const VectorXd& logits) {
  const VectorXd p = (logits.array() - logits.maxCoeff()).exp().matrix();
  return p / p.sum();
}

// Of an equal-weight mixture of some members: metric, then log-likelihood.
std::pair<double, double> worth_of(const MemberAnswers& answers,
                                   const std::vector<std::size_t>& members, Combiner combiner,
                                   const Metric& metric, const std::vector<std::string>& labels,
                                   std::span<const Example> examples) {
  std::vector<MatrixXd> log_p;
  for (const std::size_t m : members) log_p.push_back(answers.log_p[m]);
  const MatrixXd mixed = mix(combiner, std::vector<double>(members.size(), 1), log_p);
  const Judgement judgement = judge(labels, mixed, examples);
  double sum = 0;
  for (const double log_likelihood : judgement.gold_log_p)
    sum += std::max(log_likelihood, kLeastLogP);
  const double value = measure(metric, judgement).value;
  return {std::isnan(value) ? -1e9 : value, std::isnan(sum) ? -1e9 : sum};
}

}  // namespace

LearnedWeights exponentiated_gradient(const MemberAnswers& answers, WeightObjective objective,
                                      std::int64_t most_steps) {
  const Objective function(answers, objective);
  const Eigen::Index num_members = function.num_members();
  VectorXd weights = VectorXd::Constant(num_members, 1 / static_cast<double>(num_members));
  Point point = function.at(weights);
  double step = 1;
  std::int64_t num_steps = 0;
  while (num_steps < most_steps && step > kLeastStep &&
         gap_of(weights, point.gradient) > kSmallestGap) {
    ++num_steps;
    const VectorXd logits = (weights.array().max(1e-300).log() +
                             step * (point.gradient.array() - point.gradient.maxCoeff()))
                                .matrix();
    const VectorXd next = softmax(logits);
    Point there = function.at(next);
    if (there.value > point.value) {
      weights = next;
      point = std::move(there);
      step *= 2;
    } else {
      step /= 4;
    }
  }
  return learned(weights, point, num_steps);
}

LearnedWeights lpaqa_weights(const MemberAnswers& answers, WeightObjective objective) {
  constexpr double kRate = 0.1, kFirst = 0.9, kSecond = 0.999, kEpsilon = 1e-8, kGain = 1e-3;
  constexpr std::int64_t kMostSteps = 500, kPatience = 10;
  const Objective function(answers, objective);
  VectorXd logits = VectorXd::Zero(function.num_members()), first = logits, second = logits;
  double best = -1e300;
  std::int64_t step = 0, since_best = 0;
  while (step < kMostSteps && since_best < kPatience) {
    const VectorXd weights = softmax(logits);
    const Point point = function.at(weights);
    since_best = point.value > best + kGain ? 0 : since_best + 1;
    if (since_best == 0) best = point.value;
    const VectorXd gradient =
        (weights.array() * (point.gradient.array() - weights.dot(point.gradient))).matrix();
    ++step;
    const auto t = static_cast<double>(step);
    first = kFirst * first + (1 - kFirst) * gradient;
    second = kSecond * second + (1 - kSecond) * gradient.cwiseAbs2();
    logits += (kRate * (first.array() / (1 - std::pow(kFirst, t))) /
               ((second.array() / (1 - std::pow(kSecond, t))).sqrt() + kEpsilon))
                  .matrix();
  }
  const VectorXd weights = softmax(logits);
  return learned(weights, function.at(weights), step);
}

std::vector<std::size_t> greedy_members(const MemberAnswers& answers, Combiner combiner,
                                        const std::string& metric,
                                        const std::vector<std::string>& labels, std::size_t most) {
  const Metric measured = find_metric(metric);
  std::vector<Example> examples(answers.gold.size());
  for (std::size_t n = 0; n < examples.size(); ++n) examples[n].label = answers.gold[n];
  std::vector<std::size_t> chosen;
  std::pair<double, double> best{-1e300, -1e300};
  while (chosen.size() < std::min(most, answers.log_p.size())) {
    std::size_t who = answers.log_p.size();
    for (std::size_t m = 0; m < answers.log_p.size(); ++m) {
      if (std::find(chosen.begin(), chosen.end(), m) != chosen.end()) continue;
      std::vector<std::size_t> with = chosen;
      with.push_back(m);
      const auto worth = worth_of(answers, with, combiner, measured, labels, examples);
      if (worth <= best) continue;
      best = worth;
      who = m;
    }
    if (who == answers.log_p.size()) break;
    chosen.push_back(who);
  }
  return chosen;
}

double accuracy_of(const MatrixXd& label_log_p, const std::vector<std::int32_t>& gold) {
  double right = 0;
  for (std::size_t n = 0; n < gold.size(); ++n) {
    const auto row = label_log_p.row(static_cast<Eigen::Index>(n));
    const double own = row[gold[n]];
    bool best = !std::isnan(own);
    for (Eigen::Index k = 0; k < row.size(); ++k)
      if (k != gold[n] && !(row[k] < own)) best = false;
    right += best ? 1 : 0;
  }
  return gold.empty() ? 0 : right / static_cast<double>(gold.size());
}

}  // namespace prospect
