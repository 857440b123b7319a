#include "core/winners_curse.h"

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>

#include "core/rng.h"

namespace prospect {
namespace {

using Places = std::vector<Eigen::Index>;

// The examples of a sample, and the weights with which those it left out have the labels' shares.
struct Sample {
  Places drawn;
  VectorXd left_out;  // [N]
  bool complete = true;
};

Sample draw(const std::map<std::int32_t, Places>& by_label, Eigen::Index num_examples, Rng& rng) {
  Sample sample;
  sample.left_out = VectorXd::Ones(num_examples);
  for (const auto& [label, members] : by_label) {
    for (std::size_t i = 0; i < members.size(); ++i) {
      const Eigen::Index place = members[static_cast<std::size_t>(rng.below(members.size()))];
      sample.drawn.push_back(place);
      sample.left_out(place) = 0;
    }
    const double count = sample.left_out(members).sum();
    sample.complete = sample.complete && count > 0;
    if (count > 0)
      sample.left_out(members) *=
          static_cast<double>(members.size()) / static_cast<double>(num_examples) / count;
  }
  return sample;
}

std::vector<Eigen::Index> ranking(const Evidence& sample, RankedBy ranked_by) {
  const VectorXd likelihood = sample.log_likelihood.rowwise().mean();
  std::vector<double> worth;
  if (ranked_by == RankedBy::expected_value) {
    worth = expected_values(sample).value;
  } else {
    const VectorXd means = sample.value.rowwise().mean();
    worth.assign(means.data(), means.data() + means.size());
  }
  std::vector<Eigen::Index> order(worth.size());
  std::iota(order.begin(), order.end(), Eigen::Index{0});
  std::stable_sort(order.begin(), order.end(), [&](Eigen::Index a, Eigen::Index b) {
    const double x = worth[static_cast<std::size_t>(a)], y = worth[static_cast<std::size_t>(b)];
    return x != y ? x > y : likelihood(a) > likelihood(b);
  });
  return order;
}

}  // namespace

std::vector<double> corrected_values(const Evidence& evidence, RankedBy ranked_by,
                                     std::size_t num_samples) {
  std::map<std::int32_t, Places> by_label;
  for (std::size_t i = 0; i < evidence.gold.size(); ++i)
    by_label[evidence.gold[i]].push_back(static_cast<Eigen::Index>(i));
  const auto num_candidates = static_cast<std::size_t>(evidence.value.rows());
  std::vector<double> sums(num_candidates);
  double count = 0;
  Rng rng(0, "corrected values");
  for (std::size_t s = 0; s < num_samples; ++s) {
    const Sample sample = draw(by_label, evidence.value.cols(), rng);
    if (!sample.complete) continue;
    Evidence drawn;
    drawn.value = evidence.value(Eigen::all, sample.drawn);
    drawn.log_likelihood = evidence.log_likelihood(Eigen::all, sample.drawn);
    for (const Eigen::Index place : sample.drawn)
      drawn.gold.push_back(evidence.gold[static_cast<std::size_t>(place)]);
    const VectorXd outside = evidence.value * sample.left_out;
    const auto order = ranking(drawn, ranked_by);
    for (std::size_t rank = 0; rank < num_candidates; ++rank) sums[rank] += outside(order[rank]);
    count += 1;
  }
  for (auto& sum : sums) sum = count > 0 ? sum / count : std::numeric_limits<double>::quiet_NaN();
  return sums;
}

}  // namespace prospect
