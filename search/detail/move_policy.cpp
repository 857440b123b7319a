#include "search/detail/move_policy.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "search/detail/population.h"

namespace prospect {

MovePolicy::MovePolicy(std::vector<std::string> kinds, double learning_rate)
    : kinds_(std::move(kinds)), learning_rate_(learning_rate), preferences_(kinds_.size(), 0) {}

std::vector<double> MovePolicy::probabilities() const {
  const double highest = *std::max_element(preferences_.begin(), preferences_.end());
  std::vector<double> probabilities;
  double sum = 0;
  for (const double preference : preferences_) {
    probabilities.push_back(std::exp(preference - highest));
    sum += probabilities.back();
  }
  for (double& probability : probabilities) probability /= sum;
  return probabilities;
}

std::size_t MovePolicy::draw(Rng& rng) const {
  return roulette(probabilities(), rng);
}

void MovePolicy::learn(std::size_t kind, double reward) {
  const std::vector<double> before = probabilities();
  ++count_;
  mean_square_ += (reward * reward - mean_square_) / count_;
  const double scale = mean_square_ > 0 ? std::sqrt(mean_square_) : 1;
  const double advantage = (reward - mean_) / scale;  // the baseline is of the rewards before
  mean_ += (reward - mean_) / count_;
  for (std::size_t i = 0; i < preferences_.size(); ++i)
    preferences_[i] += learning_rate_ * advantage * ((i == kind ? 1.0 : 0.0) - before[i]);
}

Json MovePolicy::save() const {
  return {{"preferences", preferences_},
          {"count", count_},
          {"mean", mean_},
          {"mean_square", mean_square_}};
}

void MovePolicy::restore(const Json& json) {
  auto preferences = json.at("preferences").get<std::vector<double>>();
  const auto count = json.at("count").get<double>(), mean = json.at("mean").get<double>();
  mean_square_ = json.at("mean_square").get<double>();
  preferences_ = std::move(preferences);
  count_ = count;
  mean_ = mean;
}

}  // namespace prospect
