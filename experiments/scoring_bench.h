#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/candidate.h"
#include "core/scorer.h"
#include "core/task.h"
#include "scoring/model.h"

namespace prospect {

/// What scoring one prompt on many rows took.
struct ScoringTimes {
  Precision precision = Precision::float32;
  std::size_t num_threads = 0;
  std::size_t rows = 0, tokens = 0;
  double seconds = 0;  ///< The best of several passes, from texts to log-probabilities.
  ProductReplay products;
  double peak_mib = 0;                     ///< Of the process so far.
  std::vector<std::vector<double>> log_p;  ///< Of the label words, normalised over them.

  double rows_per_s() const { return static_cast<double>(rows) / seconds; }
  double ceiling_share() const { return products.seconds / seconds; }
};

/// Times the scorer, and beside it the products that it cannot do without.
/// @throws Error (input) when a row cannot be scored.
ScoringTimes time_scoring(Model& model, const Candidate& candidate,
                          std::span<const Example> examples, Precision precision,
                          std::size_t num_threads, int repetitions);

/// A peer's times, as `peer_score.py` of the benchmarks prints them.
struct PeerTimes {
  std::string way;  ///< Engine, way of batching, head.
  double rows_per_s = 0;
  bool careful = false;  ///< The head at the mask alone.
};

/// @throws Error (input) for a file of another form.
std::vector<PeerTimes> read_peer_times(const std::string& path);

/// The largest difference to a peer's log-probabilities, both normalised over the label words.
/// @param path  lines `{"log_probs": {word: number}}`, a row each.
double largest_difference(const ScoringTimes& times, const std::string& path,
                          std::span<const std::string> words);

}  // namespace prospect
