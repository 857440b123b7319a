#include "experiments/pareto.h"

#include <doctest/doctest.h>

#include <cmath>

#include "experiments/transfer.h"
#include "tests/experiments/list_strategy.h"
#include "tests/experiments/toy_experiment.h"

namespace prospect {
namespace {

using Points = std::vector<std::vector<double>>;
using Indices = std::vector<std::size_t>;

TEST_CASE("the front holds what nothing beats everywhere; equal points stay together") {
  CHECK(pareto_front(Points{{1, 0}, {0, 1}, {0.5, 0.5}, {0, 0}, {0.5, 0.4}, {1, 0}}) ==
        Indices{0, 1, 2, 5});
  CHECK(pareto_front(Points{}).empty());
}

TEST_CASE("a NaN is worst, and no reason to be on the front") {
  CHECK(pareto_front(Points{{1, std::nan("")}, {1, -100}}) == Indices{1});
  CHECK(pareto_front(Points{{std::nan("")}, {std::nan("")}}) == Indices{0, 1});
}

TEST_CASE("a prompt's own text is its literals, without fields and mask") {
  CHECK(prompt_text(Template::parse("{text} It was {mask}.")) == "It was .");
  CHECK(prompt_text(Template::parse("{text} {mask}")).empty());
}

TEST_CASE("the Pareto rows of a run are entries that no other beats in all objectives") {
  test::ToyExperiment toy;
  toy.json["strategies"] =
      Json::array({{{"name", test::kListStrategy},
                    {"options", {{"words", {"w11", "w10", "w10 w20 w30", "w11 w12 w13 w14"}}}}}});
  test::run_session(toy.open(), toy.run_folder());
  const auto store = RunStore::open_read_only(toy.run_folder());
  RunStore* const stores[] = {store.get()};
  const Leaderboard board = build_leaderboard(stores);

  const auto rows = pareto_rows(board, {});
  const auto fluent = pareto_rows(board, [](const LeaderboardRow& row) -> std::optional<double> {
    return row.shown.tmpl.find("w14") != std::string::npos ? 0 : -1;
  });

  // "w11 .. w14" is longer, later and no better than others: only fluency can save it.
  const auto holds = [](const std::vector<ParetoRow>& front, const std::string& word) {
    for (const auto& row : front)
      if (row.row->shown.tmpl.find(word) != std::string::npos) return true;
    return false;
  };
  CHECK(holds(rows, "w10 w20 w30"));
  CHECK(!holds(rows, "w14"));
  CHECK(holds(fluent, "w14"));
  CHECK(to_json(fluent.front()).at("pareto").at("tokens").is_number());
  CHECK(write_markdown(fluent).find("| rank | template | strategy | dev | fluency |") !=
        std::string::npos);
}

TEST_CASE("a transfer matrix has the best entries and the manual prompt on every model") {
  test::ToyExperiment toy;
  toy.json["strategies"] = Json::array(
      {{{"name", test::kListStrategy}, {"options", {{"words", {"w11", "w10 w20 w30"}}}}}});
  const Experiment experiment = toy.open();
  test::run_session(experiment, toy.run_folder());
  const auto store = RunStore::open_read_only(toy.run_folder());
  test::ToyModel same;
  auto [rows, candidates] = transfer_rows(*store, experiment, same.vocabulary(), 1);
  score_on(same, experiment, rows, candidates);

  REQUIRE(rows.size() == 2);
  CHECK(rows[0].rank == 1);
  CHECK(rows[0].tmpl == "{text} w10 w20 w30 {mask}");
  CHECK(rows[0].home == 1.0);
  CHECK(rows[1].source == "manual");
  for (const auto& row : rows) {
    REQUIRE(row.cells.size() == 1);
    REQUIRE(row.cells[0].dev);
    CHECK(row.cells[0].dev->value == row.home);  // the same model gives the same number
  }
  const TransferMatrix matrix{"accuracy", {"toy"}, rows};
  CHECK(write_markdown(matrix).find("| toy | 13 | 1 | `{text} w10 w20 w30 {mask}` | 1.000 |") !=
        std::string::npos);
  CHECK(to_json(matrix)["rows"][0]["cells"][0]["value"] == 1.0);
}

}  // namespace
}  // namespace prospect
