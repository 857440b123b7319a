#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "experiments/experiment_file.h"
#include "experiments/records.h"
#include "experiments/run_store.h"
#include "experiments/selection.h"

namespace prospect {

/// One slice of work: the asks of one strategy until they cost as much as a slice.
struct Slice {
  std::size_t strategy = 0;
  bool improved = false;  ///< It found the best entry of the search so far.
};

/// A bandit over search strategies that credits what led to a new best: each strategy's score is
/// the area under the curve of its successes among the last slices, so that recent ones count more,
/// plus a bonus for what was seldom tried.
///
/// Source: Ansel et al. 2014 (OpenTuner), section 3.2: area under the curve with a sliding window
/// of 500 and exploration 0.05. A search here has tens of slices, not thousands, so the window is
/// shorter.
class AreaBandit {
 public:
  static constexpr std::size_t kWindow = 50;
  static constexpr double kExploration = 0.05;

  explicit AreaBandit(std::size_t num_strategies) : num_strategies_(num_strategies) {}

  void add(Slice slice) { slices_.push_back(slice); }

  /// The strategy that works next: those never tried first, in order, then the highest score; of
  /// equal scores the one less tried, then the earlier one. None where none is open.
  /// @param open  whether each strategy can still work.
  std::optional<std::size_t> next(const std::vector<bool>& open) const;

  /// Area, in [0, 1]: sum over its slices in the window, the i-th weighing i, of 1 where it
  /// improved, over what all together could be. 0 without a slice.
  double area(std::size_t strategy) const;

 private:
  std::vector<Slice> window() const;

  std::size_t num_strategies_;
  std::vector<Slice> slices_;
};

/// Whose turn it is among the strategies of a search that share one budget.
///
/// A slice is a hundredth of the budget; a strategy at work goes on until its asks cost a slice or
/// it ends. The choices are a function of what was asked so far, in its order, so that a run that
/// is taken up goes on as it would have.
class Portfolio {
 public:
  /// Takes up what is stored of the search.
  /// @param spec    outlives it. @param budget  counted work of the search.
  /// @param units   one for each strategy, in the experiment's order.
  Portfolio(const ExperimentSpec& spec, std::int64_t budget, RunStore& store,
            std::span<const UnitRecord> units);

  /// The strategy that works next; none where all have ended. One that begins from another's best
  /// waits until there is something to begin from.
  std::optional<std::size_t> next(std::span<const UnitRecord> units) const;

  /// Notes an ask. @param best  of what it brought on the whole dev pool, if anything.
  void add(std::size_t strategy, std::int64_t cost, const std::optional<Merit>& best);
  /// Notes that a strategy has ended.
  void end(std::size_t strategy);

 private:
  bool has_seeds(std::size_t strategy, std::span<const UnitRecord> units) const;
  void end_slice();

  const ExperimentSpec& spec_;
  std::int64_t slice_cost_;
  AreaBandit bandit_;
  std::vector<bool> has_stood_;
  std::optional<Merit> best_;
  std::optional<Slice> slice_;  // at work
  std::int64_t slice_spent_ = 0;
};

}  // namespace prospect
