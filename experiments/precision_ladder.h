#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/outcome.h"
#include "core/scorer.h"
#include "core/task.h"
#include "experiments/selection.h"

namespace prospect {

/// How far a label's log-probability in bfloat16 is taken to lie from the one in float32, in nats:
/// so many times what the task's manual prompt shows on the dev examples, and never less than this.
/// Deep models err by more than small ones.
inline constexpr double kLeastScreeningError = 0.02, kScreeningErrorFactor = 3;

/// So many of a unit's best entries are scored in float32, whatever the first pass said of them.
inline constexpr std::size_t kExactTop = 10;

/// The spec whose numbers are reported: `Precision::automatic` means those of float32.
ScoringSpec exact_spec(ScoringSpec spec);

/// What the ladder did.
struct LadderWork {
  std::int64_t screened = 0;  ///< Rows scored in bfloat16.
  std::int64_t rescored = 0;  ///< Of these, scored again in float32.
  double largest_change = 0;  ///< Of a label's log-probability, that scoring again made.
  double allowed = 0;         ///< The error that was allowed for.
};
LadderWork operator+(const LadderWork& a, const LadderWork& b);

/// The rows as they would be if every error of bfloat16 had been against the gold label: the
/// answers of the gold label raised by the error, the others lowered.
std::vector<RowOutcome> favoured(std::span<const RowOutcome> rows, const Verbalizer& verbalizer,
                                 std::span<const Example> examples, double error);

/// The largest change of a label's log-probability between two passes over the same rows.
double largest_change(const Verbalizer& verbalizer, std::span<const RowOutcome> a,
                      std::span<const RowOutcome> b);

/// A candidate that was screened: what it is worth by its numbers, and at most.
struct Screened {
  Merit merit, at_most;
};

/// The candidates that are scored again without regard to the others: the `top` best as screened.
/// @return indices, best first.
std::vector<std::size_t> front_runners(std::span<const Screened> candidates, std::size_t top);

/// Whether a candidate could still be among the `top` best by whatever mean of metric and
/// log-likelihood selection ranks by: not if so many others are no worse in both than it is at
/// most.
/// @param exact  merits in float32 that it competes with.
bool can_still_win(const Screened& candidate, std::span<const Merit> exact, std::size_t top);

}  // namespace prospect
