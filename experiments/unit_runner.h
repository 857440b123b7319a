#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "experiments/checked_strategy.h"
#include "experiments/study_parts.h"
#include "experiments/trial_scorer.h"
#include "search/strategy.h"

namespace prospect {

/// One unit of work: a strategy on one split with one search seed, from where it was left to its
/// end. Each ask is stored in one transaction after it was told.
class UnitRunner {
 public:
  /// @param scorer  shared by the strategies of a search: what one scored the next need not.
  /// @param seeds   trials of the strategy named in `init`, best first.
  /// @throws Error (input) naming the option, or what of the task does not fit the strategy.
  UnitRunner(StudyParts& parts, const Task& task, const StrategySpec& spec, TrialScorer& scorer,
             std::vector<Trial> seeds, UnitRecord& unit);

  /// Asks, scores, tells and stores until the strategy is exhausted or its room is used up.
  void run();
  /// One ask; false where the unit ended.
  bool advance();
  /// Ends the unit; `reason` is its `UnitRecord::stop`.
  void end(const std::string& reason);

  /// The best of what the last ask brought on the whole dev pool, if anything.
  const std::optional<Merit>& best_of_ask() const { return best_of_ask_; }

 private:
  /// Which limit is met before another ask, if any.
  std::string met_limit() const;
  /// Says why the unit ends, or nothing.
  std::string step();
  void note(const TrialRecord& record);
  void take_counts(const Meter& meter);
  double seconds_now() const;
  std::vector<TrialRecord> score(const Ask& ask, Meter& meter);

  StudyParts& parts_;
  const Task& task_;
  const StrategySpec& spec_;
  TrialScorer& scorer_;
  UnitRecord& unit_;
  std::unique_ptr<CheckedStrategy> strategy_;
  Standing standing_;
  std::optional<Merit> best_of_ask_;
  std::optional<Merit> best_;
  std::int64_t best_at_ = 0;   // what the unit had spent when `best_` was told
  double seconds_before_ = 0;  // of the unit, when the ask began
  std::chrono::steady_clock::time_point begin_;
};

}  // namespace prospect
