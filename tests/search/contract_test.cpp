#include <doctest/doctest.h>

#include "search/registry.h"
#include "tests/contract/strategy_contract.h"

namespace prospect {

TEST_CASE("every strategy keeps the contract") {
  for (const StrategyInfo* info : list_strategies())
    test::check_strategy_contract(info->name, Json::object());
}

TEST_CASE("searches of label words keep the contract on all prompts, and joint in both orders") {
  for (const char* name : {"label_probe", "label_prune", "label_ratio", "label_expand",
                           "label_paraphrase", "label_decompose"})
    test::check_strategy_contract(name, {{"prompts", 0}});
  test::check_strategy_contract("label_prune", {{"limit", 1}, {"objective", "log_likelihood"}});
  test::check_strategy_contract("joint", {{"order", "templates_first"}, {"objective", "accuracy"}});
}

TEST_CASE("joint search finds better prompts than random draws at equal cost") {
  test::check_beats_random("joint", Json::object());
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
