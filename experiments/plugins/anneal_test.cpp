// The plug-in against what every strategy promises. It is compiled into the test, so that it
// registers itself.

#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include "tests/contract/strategy_contract.h"

TEST_CASE("anneal keeps the contract") {
  prospect::test::check_strategy_contract("anneal", prospect::Json::object());
  prospect::test::check_strategy_contract("anneal", {{"chains", 5}, {"steps", 4}});
}

TEST_CASE("anneal finds better prompts than random draws at equal cost") {
  prospect::test::check_beats_random("anneal", prospect::Json::object());
}
