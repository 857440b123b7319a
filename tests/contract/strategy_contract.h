#pragma once

#include <string>

#include "core/json.h"

namespace prospect::test {

/// What every strategy promises, checked with doctest on a toy language model; for our own and for
/// plug-ins:
/// ```
/// TEST_CASE("my strategy keeps the contract") { check_strategy_contract("mine", Json::object()); }
/// ```
/// Never past the room, at any budget; no two equal proposals in one ask; slots kept;
/// deterministic; a restored copy continues as the original; failed and NaN trials are survived;
/// exhausted stays exhausted; a misspelt option is refused by name.
void check_strategy_contract(const std::string& name, const Json& options);

/// Checks that the strategy finds a better dev score than `random` at equal counted cost on the toy
/// problem in at least 8 of 10 seeds.
void check_beats_random(const std::string& name, const Json& options);

}  // namespace prospect::test
