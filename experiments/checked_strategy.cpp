#include "experiments/checked_strategy.h"

#include <exception>
#include <utility>

#include "core/error.h"
#include "datasets/corpus/pair_scanner.h"
#include "datasets/parsers/parsers.h"
#include "experiments/charged_oracles.h"
#include "experiments/chunked_scorer.h"
#include "experiments/precision_ladder.h"
#include "search/ask_check.h"

namespace prospect {
namespace {

ErrorKind kind_of_fault(const StrategyInfo& info) {
  return info.plugin.empty() ? ErrorKind::internal : ErrorKind::input;
}

// An error of a plug-in's own says which plug-in; where it calls itself a bug, it is one of a file
// of the user's.
[[noreturn]] void rethrow(const StrategyInfo& info, const Error& error) {
  if (info.plugin.empty()) throw error;
  const ErrorKind kind = error.kind() == ErrorKind::internal ? ErrorKind::input : error.kind();
  throw Error(kind, in_words(info), error.what());
}

}  // namespace

std::unique_ptr<CheckedStrategy> make_strategy(const ExperimentSpec& experiment,
                                               const StrategySpec& strategy,
                                               SearchContext context) {
  const std::string file = experiment.file.string();
  const auto folder = experiment.file.parent_path();
  context.spec = exact_spec(experiment.scoring);
  context.folder = folder.empty() ? "." : folder.string();
  const JsonReader options(strategy.options, file + "#/strategies/" + strategy.label + "/options");
  return std::make_unique<CheckedStrategy>(find_strategy(strategy.name, file), options,
                                           std::move(context));
}

std::string in_words(const StrategyInfo& info) {
  std::string words = "strategy '" + info.name + "'";
  if (!info.plugin.empty()) words += " of the plug-in " + info.plugin;
  return words;
}

template <class Call>
auto CheckedStrategy::guarded(const char* what, Call&& call) const {
  try {
    return call();
  } catch (const OutOfRoom&) {
    throw;
  } catch (const Interrupted&) {
    throw;
  } catch (const Error& error) {
    rethrow(info_, error);
  } catch (const std::exception& error) {
    fail(kind_of_fault(info_), in_words(info_), "expected ", what,
         " to return or to throw prospect::Error, it threw: ", error.what());
  } catch (...) {
    fail(kind_of_fault(info_), in_words(info_), "expected ", what,
         " to return or to throw prospect::Error, it threw something else");
  }
}

CheckedStrategy::CheckedStrategy(const StrategyInfo& info, const JsonReader& options,
                                 SearchContext context)
    : info_(info), context_(std::move(context)) {
  context_.providers.scanner = &corpus_scanner();
  context_.providers.parsers = &parser_source();
  strategy_ = guarded("its constructor", [&] { return info_.make(options, context_); });
}

Ask CheckedStrategy::ask(const Room& room) {
  return guarded("ask", [&] { return strategy_->ask(room); });
}

void CheckedStrategy::tell(std::span<const Trial> trials) {
  guarded("tell", [&] { strategy_->tell(trials); });
}

State CheckedStrategy::save() const {
  return guarded("save", [&] {
    State state = strategy_->save();
    // A state goes through the store as text: what is no valid text throws here.
    static_cast<void>(state.values.dump());
    return state;
  });
}

void CheckedStrategy::restore(const State& state) {
  guarded("restore", [&] { strategy_->restore(state); });
}

void CheckedStrategy::check(const Ask& ask, const Room& room) const {
  if (const auto fault = fault_of(ask, context_, room))
    fail(kind_of_fault(info_), in_words(info_), *fault);
}

}  // namespace prospect
