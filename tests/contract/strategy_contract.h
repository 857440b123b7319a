#pragma once

#include <string>

#include "core/json.h"

namespace prospect::test {

/// What every strategy promises, checked with doctest on a toy language model; for our own and for
/// plug-ins:
/// ```
/// TEST_CASE("my strategy keeps the contract") { check_strategy_contract("mine", Json::object()); }
/// ```
/// Never past the room, at any budget and with any sequence of rooms; proposals that `fault_of`
/// finds right (no two equal, slots kept, ids of the vocabulary); deterministic; at every step a
/// copy restored from the saved state, as text, continues as the original would; a state that is
/// none is refused and changes nothing; failed and NaN trials are survived; exhausted stays
/// exhausted; a misspelt option is refused by name.
void check_strategy_contract(const std::string& name, const Json& options);

/// Checks that the strategy finds a better dev score than `random` at equal counted cost on the toy
/// problem in at least 8 of 10 seeds.
void check_beats_random(const std::string& name, const Json& options);

}  // namespace prospect::test
