#include "experiments/leaderboard_filter.h"

#include <doctest/doctest.h>

#include "experiments/leaderboard_html.h"
#include "tests/experiments/list_strategy.h"
#include "tests/experiments/toy_experiment.h"
#include "tests/support/expect_error.h"

namespace prospect {
namespace {

using test::ToyExperiment;

// Two runs of the same data on "two models", whose stores say so, and one of other shots.
struct Boards {
  Boards() {
    toy.json["strategies"] = Json::array(
        {{{"name", "manual"}},
         {{"name", test::kListStrategy}, {"options", {{"words", {"w11", "w10 w20 w30"}}}}}});
    test::run_session(toy.open(), toy.folder() / "one");
    test::run_session(toy.open({"/model=other"}), toy.folder() / "two");
    test::run_session(toy.open({"/shots=4"}), toy.folder() / "three");
  }
  Leaderboard board(const std::vector<std::string>& names) {
    stores.clear();
    std::vector<RunStore*> runs;
    for (const auto& name : names) {
      stores.push_back(RunStore::open_read_only(toy.folder() / name));
      runs.push_back(stores.back().get());
    }
    return build_leaderboard(runs);
  }

  ToyExperiment toy;
  std::vector<std::unique_ptr<RunStore>> stores;
};

TEST_CASE("rows of several models are ranked together and name their model") {
  Boards boards;
  Leaderboard board = boards.board({"one", "two"});
  for (auto& row : board.rows)
    if (row.model == "other") row.model_fingerprint = "other weights";

  std::int64_t most = 0;
  for (const auto& row : board.rows) most = std::max(most, row.rank.value_or(0));
  CHECK(most == 8);
  CHECK(write_markdown(board).find("# toys on toy, other") != std::string::npos);
  CHECK(write_markdown(board).find("| strategy | model | dev |") != std::string::npos);
}

TEST_CASE("rows that do not compare stand apart, and the table says why") {
  Boards boards;
  const Leaderboard board = boards.board({"one", "three"});

  CHECK(write_markdown(board).find("Not ranked with the rows above: another shots (4, not 8).") !=
        std::string::npos);
  CHECK(write_html(board).find("Not ranked with the rows above: another shots (4, not 8).") !=
        std::string::npos);
  CHECK(why_apart(board.rows[0], board.rows[1]).empty());
}

TEST_CASE("a difference in scoring is named by its key, one in the split by its seed") {
  LeaderboardRow a, b;
  a.terms = {{"task", {{"name", "t"}}},
             {"split", 13},
             {"data", "x"},
             {"scoring", {{"norm", "sum"}, {"rule", "single"}}}};
  b.terms = a.terms;
  b.terms["scoring"]["norm"] = "bytes";
  CHECK(why_apart(a, b) == "another scoring norm (sum, not bytes)");
  b.terms = a.terms;
  b.terms["split"] = 21;
  b.terms["data"] = "y";
  CHECK(why_apart(a, b) == "another split (13, not 21)");
  b.terms["split"] = 13;
  CHECK(why_apart(a, b) == "another data (x, not y)");
}

TEST_CASE("a filter keeps ranks, spares controls and counts the summaries anew") {
  Boards boards;
  Leaderboard board = boards.board({"one", "two"});
  filter(board, {.strategies = {test::kListStrategy}, .models = {"other"}, .texts = {"w10"}});

  std::size_t ranked = 0, controls = 0;
  for (const auto& row : board.rows) {
    CHECK(row.model == "other");
    controls += row.control ? 1 : 0;
    if (row.control) continue;
    ++ranked;
    CHECK(row.strategy == test::kListStrategy);
    CHECK(row.shown.tmpl.find("w10") != std::string::npos);
  }
  CHECK(ranked == 1);
  CHECK(controls == 4);
  for (const auto& summary : board.summaries) CHECK(summary.model == "other");
}

TEST_CASE("without controls and with another seed nothing else is left out") {
  Boards boards;
  Leaderboard board = boards.board({"one"});
  const std::size_t all = board.rows.size();
  LeaderboardFilter no_controls;
  no_controls.controls = false;
  filter(board, no_controls);

  CHECK(board.rows.size() == all - 4);
}

TEST_CASE("a value that no row has is refused with the nearest one") {
  Boards boards;
  Leaderboard board = boards.board({"one"});

  test::expect_error(ErrorKind::usage, "did you mean 'manual'?",
                     [&] { filter(board, {.strategies = {"manul"}}); });
  test::expect_error(ErrorKind::usage, "--split-seed",
                     [&] { filter(board, {.split_seeds = {"7"}}); });
}

}  // namespace
}  // namespace prospect
