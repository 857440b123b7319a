#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "search/detail/examples.h"
#include "search/detail/scored.h"
#include "search/gradient/acceptance.h"
#include "search/gradient/options.h"
#include "search/gradient/shortlists.h"
#include "search/strategy.h"

namespace prospect {

/// The one engine under AutoPrompt, HotFlip, GCG and ARCA.
///
/// Starts by scoring its start prompts on the dev pool. One iteration takes the gradient on support
/// examples and proposes swaps of the incumbent on support examples, the incumbent before them
/// where it is compared; where a swap is accepted and no mask is left in its slots, it is proposed
/// on the dev pool. All candidates of a round are one ask, on the same examples. An iteration has
/// several rounds under `sweep` (one for each slot) and with `probe` (the probe, then what the
/// draft likes best). After `patience` iterations without a better dev score it goes back to the
/// best prompt so far, or starts again.
///
/// Cost of an iteration: `Shortlister::cost`, the draft's, plus the proposals times their examples,
/// plus the dev pool on acceptance. A failed, dropped or NaN trial is worse than every number.
/// Exhausted after `iterations`, or with `early_stop` when an accepted prompt is right everywhere.
class GradientSearch : public Strategy {
 public:
  GradientSearch(const GradientSearchOptions& options, SearchContext context);

  Ask ask(const Room& room) override;
  void tell(std::span<const Trial> trials) override;
  State save() const override;
  void restore(const State& state) override;

 private:
  /// What the next ask proposes.
  enum class Phase { start, fill_buffer, round, dev, done };

  /// What an iteration carries from one round to the next.
  struct Iteration {
    std::vector<ExampleIndex> batch;           // that candidates are scored on
    std::vector<std::size_t> slots;            // not yet changed
    std::vector<TokenIds> shortlists;          // of these
    std::vector<TokenIds> waiting;             // swaps that the draft liked, after the probe
    std::vector<double> draft;                 // scores of the probe's swaps, then of `waiting`
    std::optional<Contender> incumbent, best;  // scored in an earlier round of the same swaps
    bool probed = false;
  };

  Ask ask_starts(const Room& room);
  Ask ask_buffer(const Room& room);
  Ask ask_round(const Room& room);
  Ask ask_dev(const Room& room) const;
  bool begin_iteration(std::int64_t& left);
  std::vector<TokenIds> next_swaps(std::int64_t& left);
  std::vector<TokenIds> probe_swaps(std::vector<TokenIds> swaps, std::int64_t& left);
  Ask propose(std::vector<TokenIds> swaps, std::int64_t left) const;
  Candidate with_tokens(const TokenIds& ids) const;
  std::vector<ExampleIndex> draw_batch();
  std::vector<Example> support(std::span<const ExampleIndex> indices) const {
    return examples_at(context_.task.support, indices);
  }
  bool compares() const;
  bool is_forced() const;

  void tell_starts(std::span<const Trial> trials);
  void tell_buffer(std::span<const Trial> trials);
  void tell_round(std::span<const Trial> trials);
  void tell_dev(const Trial& trial);
  void choose_after_probe(std::span<const Contender> probed);
  void decide();
  void end_round();
  void enter_buffer(const Contender& contender);
  void adopt(const Contender& contender);
  void end_iteration_if_stuck();

  GradientSearchOptions options_;
  SearchContext context_;
  TriggerSpace space_;
  Shortlister shortlister_;
  std::vector<Candidate> rivals_;  // the task's own prompts

  Phase phase_ = Phase::start;
  Rng rng_;
  std::int64_t iteration_ = 0, without_gain_ = 0;
  bool stop_after_dev_ = false;
  std::optional<Scored> incumbent_, best_;  // scored on dev
  std::optional<Iteration> current_;
  std::vector<Contender> buffer_;  // best first
  TriedSwaps tried_;               // of the incumbent and the best; empty with `revisit`
};

}  // namespace prospect
