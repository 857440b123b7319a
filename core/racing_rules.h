#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "core/race.h"

namespace prospect {

/// How the candidates of a race are thinned out between blocks of examples.
enum class RacingRule {
  off,       ///< Everybody is scored on everything.
  standard,  ///< Who is beaten (`beaten`, at `kRaceError`) or out of reach leaves; if more are left
             ///< than `kRaceShare` of all evaluations can take to the end, those expected best stay
             ///< (`core/expected_value.h`).
  halving,   ///< The better half stays (Karnin, Koren and Somekh 2013).
  rejects,   ///< TRIPLE's continuous rejects (Shi et al. 2024), with `kRaceShare` as its budget.
  capo,      ///< CAPO's: blocks of 30, at most ten, uncorrected paired t-tests.
  prompteval,  ///< Each candidate is scored on a part of the examples, another for each; an
               ///< item-response model says who goes on (Maia Polo et al. 2024).
};
std::string_view name_of(RacingRule rule);
inline constexpr RacingRule kRacingRules[] = {RacingRule::off,     RacingRule::standard,
                                              RacingRule::halving, RacingRule::rejects,
                                              RacingRule::capo,    RacingRule::prompteval};

/// The chance that the standard rule's test drops a candidate that is best on all examples.
inline constexpr double kRaceError = 0.05;
/// The share of all evaluations that a race with a budget may take.
inline constexpr double kRaceShare = 0.25;
/// From how many dev examples on the standard rule races: below, every example is worth its cost.
inline constexpr std::size_t kLeastRaced = 64;

/// After how many examples a race looks at what it has seen, ascending; the last is `num_examples`.
/// @param first_block  examples in the first block of the rules whose blocks are not fixed.
std::vector<std::size_t> race_ends(RacingRule rule, std::size_t num_examples,
                                   std::size_t first_block);

/// Where a race stands after a block.
struct RaceState {
  const RaceRecord& record;
  std::span<const std::size_t> alive;  ///< Ascending; all have seen the first `ends[at]` examples.
  std::span<const std::size_t> ends;   ///< `race_ends`.
  std::size_t at = 0;                  ///< Not the last of them.
  std::size_t keep = 1;                ///< How many are wanted in the end.
  double share = kRaceShare;           ///< Of all evaluations, that a rule with a budget may take.
};

/// Who goes on to the next block: never fewer than `keep`, as long as so many are alive.
///
/// Of equally good candidates those of higher log-likelihood stay, then the earlier. The rules that
/// have no block left in which to drop anybody leave `keep`.
Racers who_goes_on(RacingRule rule, const RaceState& state);

/// The examples of a candidate's first block, as places in the schedule: the first ones, but for
/// `prompteval`, whose candidates start one after the other all around the schedule.
std::vector<std::size_t> first_places(RacingRule rule, std::size_t candidate,
                                      std::size_t num_examples, std::size_t block_size);

/// What a race would have done with outcomes that are all known.
struct ReplayedRace {
  Racers finalists;             ///< Who came to the end: at least `keep` where there are so many.
  std::size_t evaluations = 0;  ///< Cells that the race looked at.
};
/// @param whole  every cell of every candidate.
ReplayedRace replay_race(RacingRule rule, const RaceRecord& whole, std::size_t first_block,
                         std::size_t keep, double share = kRaceShare);

}  // namespace prospect
