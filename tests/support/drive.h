#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/json.h"
#include "search/strategy.h"
#include "tests/support/toy_model.h"

namespace prospect::test {

/// What a strategy did.
struct Drive {
  std::vector<std::vector<Proposal>> asks;  ///< One per round that proposed something.
  std::vector<Trial> trials;
  std::int64_t spent = 0;  ///< Counted work: scored rows and what the oracles took.
  bool exhausted = false;  ///< Ended before the budget did.
};

/// A strategy of the registry on the toy model, with the toy providers unless others are given;
/// `seed` is the stream's.
std::unique_ptr<Strategy> make_toy_strategy(const std::string& name, const Json& options,
                                            const Task& task, ToyModel& model, std::uint64_t seed,
                                            std::vector<Trial> seeds = {},
                                            Providers providers = {});

/// Asks and tells until the strategy is exhausted, `budget` is spent or `rounds` are over. Every
/// trial is scored by the toy model; `mishap` may change a trial before it is told. Trials are
/// numbered from `first_id`.
Drive drive(
    Strategy& strategy, const Task& task, ToyModel& model, std::int64_t budget,
    int rounds = 1'000'000, const std::function<void(Trial&)>& mishap = [](Trial&) {},
    TrialId first_id = 1);

/// The highest dev value among the trials that were scored on the whole dev pool.
double best_dev(const Drive& drive, const Task& task);

/// One line for each proposal: pool, examples and entry. Equal texts are equal searches.
std::string transcript(const Drive& drive);

}  // namespace prospect::test
