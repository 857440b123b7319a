#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/candidate.h"
#include "core/scorer.h"
#include "core/task.h"
#include "experiments/precision_ladder.h"
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

/// What one step of a search by gradient took: the gradient at the trigger slots over all rows,
/// then the whole-vocabulary loss of every candidate on all rows.
struct SearchStepTimes {
  std::size_t rows = 0, triggers = 0, candidates = 0, num_threads = 0;
  double gradient_s = 0, candidates_s = 0;  ///< The best of several passes.
  double mean_loss = 0;                     ///< At the first triggers, in nats.
  double peak_mib = 0;                      ///< Of the process so far.

  double step_s() const { return gradient_s + candidates_s; }
};

/// Times AutoPrompt's step on a masked LM (`{text} [triggers] {mask} .`), GCG's on a causal one
/// (`{text} [triggers] {mask}`).
/// @param examples  with the gold label set. @param words  the labels, a token each.
/// @throws Error (input) when a row cannot be scored, (unsupported) without gradients.
SearchStepTimes time_search_step(Model& model, std::span<const Example> examples,
                                 std::span<const std::string> words, std::size_t num_triggers,
                                 std::size_t num_candidates, int repetitions);

/// Scoring many prompts on the same rows, as a search does: in float32, in bfloat16, and by the
/// ladder, which screens in bfloat16 and scores again what can still win.
struct LadderTimes {
  std::size_t candidates = 0, rows = 0;
  std::vector<double> seconds;  ///< float32, bfloat16, automatic.
  LadderWork work;
};

/// @param examples  with the gold label set. @param words  the labels, a token each.
/// @throws Error (unsupported) on a processor without bfloat16.
LadderTimes time_ladder(Model& model, std::span<const Example> examples,
                        std::span<const std::string> words, std::size_t num_candidates);

/// A peer's times, as `peer_score.py` of the benchmarks prints them.
struct PeerTimes {
  std::string way;  ///< Engine, way of batching, head.
  double rows_per_s = 0;
  bool careful = false;  ///< The head at the mask alone.
};

/// @throws Error (input) for a file of another form.
std::vector<PeerTimes> read_peer_times(const std::string& path);

/// A peer's times of a search step, as `gradient_peer.py` of the benchmarks prints them.
struct PeerStep {
  std::string way;
  double gradient_s = 0, candidates_s = 0, mean_loss = 0;
};

/// @throws Error (input) for a file of another form, or of other rows and candidates.
std::vector<PeerStep> read_peer_steps(const std::string& path, const SearchStepTimes& times);

/// The largest difference to a peer's log-probabilities, both normalised over the label words.
/// @param path  lines `{"log_probs": {word: number}}`, a row each.
double largest_difference(const ScoringTimes& times, const std::string& path,
                          std::span<const std::string> words);

}  // namespace prospect
