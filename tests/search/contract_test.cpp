#include <doctest/doctest.h>

#include "search/registry.h"
#include "tests/contract/strategy_contract.h"

namespace prospect {

TEST_CASE("every strategy keeps the contract") {
  for (const StrategyInfo* info : list_strategies())
    test::check_strategy_contract(info->name, Json::object());
}

TEST_CASE("autoprompt finds better prompts than random draws at equal cost") {
  test::check_beats_random("autoprompt", Json::object());
}

TEST_CASE("every strategy's options have defaults in range and help that is a sentence") {
  for (const StrategyInfo* info : list_strategies()) {
    CAPTURE(info->name);
    Json defaults = Json::object();
    for (const auto& row : info->options) {
      CAPTURE(row.name);
      CHECK(row.help.size() > 10);
      CHECK(row.help.back() == '.');
      CHECK_FALSE(defaults.contains(row.name));
      defaults[row.name] = row.value;
    }
    CHECK(info->check(JsonReader(defaults, info->name)) == defaults);
  }
}

}  // namespace prospect
