#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/json.h"
#include "core/rng.h"

namespace prospect {

/// Learns which kinds of moves pay: a softmax over one preference for each kind, moved along the
/// gradient of the expected reward with the running mean reward as baseline (a gradient bandit).
///
/// Rewards are divided by their running root mean square, so that `learning_rate` does not depend
/// on the unit.
/// Source: Sutton and Barto 2018, sec. 2.8.
class MovePolicy {
 public:
  MovePolicy(std::vector<std::string> kinds, double learning_rate);

  const std::vector<std::string>& kinds() const { return kinds_; }
  std::vector<double> probabilities() const;
  /// An index into `kinds`.
  std::size_t draw(Rng& rng) const;
  /// A move of this kind gave this reward (finite).
  void learn(std::size_t kind, double reward);

  Json save() const;
  /// @throws nlohmann's exception where the JSON is another thing; the policy is then unchanged.
  void restore(const Json& json);

 private:
  std::vector<std::string> kinds_;
  double learning_rate_;
  std::vector<double> preferences_;
  double count_ = 0, mean_ = 0, mean_square_ = 0;
};

}  // namespace prospect
