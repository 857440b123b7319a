#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/rng.h"
#include "core/task.h"
#include "experiments/bench/selection_pool.h"
#include "experiments/selection.h"

namespace prospect {

/// A pool's outcomes as selection reads them.
struct PoolOutcomes {
  SelectionPool pool;
  std::vector<std::vector<double>> right;         ///< 1 or 0. [C][N]
  std::vector<std::vector<double>> log_p;         ///< Of the gold label. [C][N]
  std::vector<std::vector<std::int32_t>> answer;  ///< Label, -1 for a tie. [C][N]

  std::size_t num_candidates() const { return right.size(); }
  std::size_t num_examples() const { return pool.gold.size(); }
};

PoolOutcomes judge_pool(SelectionPool pool);

/// Dev examples drawn from a pool, and those left over, which stand for the test set.
struct PoolDraw {
  std::vector<std::size_t> dev, test;
};

/// Draws `shots` examples of each label.
PoolDraw draw_dev(const PoolOutcomes& outcomes, std::size_t shots, Rng& rng);

/// The accuracy of each candidate on some examples.
std::vector<double> accuracies(const PoolOutcomes& outcomes, std::span<const std::size_t> examples);

/// What the study would make of the candidates on these dev examples.
std::vector<Merit> merits_on(const PoolOutcomes& outcomes, std::span<const std::size_t> dev,
                             SelectionRule rule);

/// The place of the best merit.
std::size_t best_place(std::span<const Merit> merits);

/// Mean and half the width of its 95% interval, by the normal distribution.
struct MeanInterval {
  double mean = 0, half = 0;
};
MeanInterval mean_and_half(std::span<const double> sample);
/// In points: `1.23 ± 0.04`.
std::string points(const MeanInterval& interval);

}  // namespace prospect
