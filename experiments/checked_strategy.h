#pragma once

#include <memory>
#include <string>

#include "experiments/experiment_file.h"
#include "search/registry.h"
#include "search/strategy.h"

namespace prospect {

/// A strategy whose mistakes end as one clear error that names it, before anything of the ask in
/// which they happen is scored or stored: the run can be continued once the strategy is mended.
///
/// What the strategy throws (other than `Error`) and an ask that breaks the interface (`fault_of`)
/// are errors of kind `internal` for our own strategies, and of kind `input` for plug-ins, which
/// are the user's files. An `Error` keeps its kind and text. What the study's oracles throw to stop
/// a strategy (`OutOfRoom`, `Interrupted`) passes through.
class CheckedStrategy : public Strategy {
 public:
  /// Makes the strategy. @param context  its references outlive this object.
  CheckedStrategy(const StrategyInfo& info, const JsonReader& options, SearchContext context);

  Ask ask(const Room& room) override;
  void tell(std::span<const Trial> trials) override;
  State save() const override;
  void restore(const State& state) override;

  /// Throws the error for an ask that breaks the interface.
  /// @param room  what is left after the oracles that were called inside it were paid.
  void check(const Ask& ask, const Room& room) const;

 private:
  template <class Call>
  auto guarded(const char* what, Call&& call) const;

  const StrategyInfo& info_;
  SearchContext context_;
  std::unique_ptr<Strategy> strategy_;
};

/// Makes a strategy of an experiment.
/// @param context  without its spec and folder, which are the experiment's.
std::unique_ptr<CheckedStrategy> make_strategy(const ExperimentSpec& experiment,
                                               const StrategySpec& strategy, SearchContext context);

/// How a strategy is called in an error: by name, and by file where it is a plug-in.
std::string in_words(const StrategyInfo& info);

}  // namespace prospect
