#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "search/detail/trigger_space.h"
#include "search/strategy.h"

namespace prospect {

/// The policies of a discrete search by gradient; a published method is a set of defaults.
///
/// Every such search is one loop: take the gradient at the trigger slots, shortlist the tokens that
/// it favours, score some swaps exactly, accept one. Methods differ in which slots, which swaps,
/// which examples, and what is accepted.
struct GradientSearchOptions {
  TriggerSpaceOptions space;
  std::int64_t iterations = 100;
  std::int64_t top_k = 10;
  std::int64_t batch_size = 32;
  std::int64_t accumulation = 10;
  std::string slots = "random";
  std::int64_t search_width = 0;
  std::string batch = "fresh";
  std::string objective = "metric";
  std::string acceptance = "improvement";
  bool replace_masks_first = true;
  std::int64_t patience = 20;
};

void describe(OptionVisitor& visit, GradientSearchOptions& options);

/// The one engine under AutoPrompt, HotFlip, GCG and ARCA.
///
/// Starts by scoring its start prompts on the dev pool. One iteration takes the gradient on support
/// examples, proposes the incumbent and its swaps on support examples, and, where a swap is
/// accepted and no mask is left in its slots, proposes it on the dev pool. All candidates of an
/// iteration are one ask, on the same examples. After `patience` iterations without a better dev
/// score it goes back to the best prompt so far.
///
/// Cost of an iteration: 3 for each gradient example, plus (swaps + 1) x examples, plus the dev
/// pool on acceptance. A failed or NaN trial is worse than every number. Exhausted after
/// `iterations`.
class GradientSearch : public Strategy {
 public:
  GradientSearch(const GradientSearchOptions& options, SearchContext context);

  Ask ask(const Room& room) override;
  void tell(std::span<const Trial> trials) override;
  State save() const override;
  void restore(const State& state) override;

 private:
  /// What the next ask proposes.
  enum class Phase { start, step, dev };

  /// A prompt with the trial that scored it.
  struct Scored {
    Candidate candidate;
    TrialId trial = 0;
    double value = 0, log_likelihood = 0;
  };

  Ask ask_starts(const Room& room) const;
  Ask ask_step(const Room& room);
  std::vector<ExampleIndex> fresh_batch();
  std::vector<std::size_t> pick_slots(std::size_t num_slots);
  std::vector<Candidate> swaps(const MatrixXf& gradient, std::span<const std::size_t> slots);
  void tell_starts(std::span<const Trial> trials);
  void tell_step(std::span<const Trial> trials);
  void tell_dev(const Trial& trial);
  void return_to_best_if_stuck();
  static Scored scored_by(const Trial& trial);
  double score(const Trial& trial) const;

  GradientSearchOptions options_;
  SearchContext context_;
  TriggerSpace space_;

  Phase phase_ = Phase::start;
  Rng rng_;
  std::int64_t iteration_ = 0, without_gain_ = 0;
  std::optional<Scored> incumbent_, best_;
};

}  // namespace prospect
