#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/matrix.h"
#include "core/outcome.h"

// What a report shows, as pure functions of what a run has stored.

namespace prospect {

/// A metric that a search had reached when it had spent so much counted work.
struct CurvePoint {
  std::int64_t cost = 0;
  double value = 0;
  bool operator==(const CurvePoint&) const = default;
};
using Curve = std::vector<CurvePoint>;

/// The points at which a search got better, by cost: a step function. A NaN is never better.
/// @param found  what was scored, in any order.
Curve best_so_far(Curve found);

/// Several searches of one strategy at one cost.
struct BandPoint {
  std::int64_t cost = 0;
  double mean = 0, low = 0, high = 0;  ///< `low` and `high` are the worst and the best search.
};

/// The mean of step functions and how far apart they are, at every cost where one of them steps. It
/// begins where all have a value: the mean of fewer searches would not compare. A curve that ends
/// stays where it is.
/// @param curves  empty ones are left out.
std::vector<BandPoint> band_over(std::span<const Curve> curves);

/// How often each label (row) was answered with each label (column). [K, K + 1]; the last column
/// counts examples without an answer, because labels tied.
std::vector<std::vector<std::int64_t>> confusion(const Judgement& judgement);

/// Examples whose answer had about the same probability.
struct ReliabilityBin {
  double low = 0, high = 0;  ///< Of the answer's probability: (low, high].
  std::size_t count = 0;
  double confidence = 0, accuracy = 0;  ///< Means over its examples; NaN where there are none.
};

struct Reliability {
  std::vector<ReliabilityBin> bins;
  double calibration_error = 0;  ///< |accuracy - confidence|, weighed by the bins' counts.
  double brier = 0;              ///< Mean squared distance to the right answer, summed over labels.
};

/// Is an answer of probability p right in a share p of cases? Bins of equal width.
/// Source: Naeini, Cooper and Hauskrecht 2015 (expected calibration error); Brier 1950.
/// @param label_log_p  normalised over the labels. [R, K]
Reliability reliability(const Judgement& judgement, const MatrixXd& label_log_p,
                        std::size_t num_bins = 10);

/// An example on which two prompts answer differently.
struct Difference {
  std::size_t example = 0;  ///< Index into both judgements.
  bool first_right = false, second_right = false;
  double gain = 0;  ///< Gold log-probability of the second minus that of the first.
};

/// All examples on which two judgements of the same examples answer differently; those that the
/// second alone has right, then those of the first alone, then the others, by size of the gain.
std::vector<Difference> differences(const Judgement& first, const Judgement& second);

/// How many candidates of one race were still in it.
struct RaceRung {
  std::size_t num_examples = 0;  ///< Seen by then.
  std::size_t num_left = 0;      ///< Candidates that went on.
};

/// The rungs of a race, from all candidates at zero examples to those that came to its end.
/// @param num_seen      examples that each candidate was scored on.
/// @param num_examples  of the whole race.
std::vector<RaceRung> rungs_of(std::span<const std::size_t> num_seen, std::size_t num_examples);

}  // namespace prospect
