#include "experiments/leaderboard.h"

#include <doctest/doctest.h>

#include <cstring>

#include "core/files.h"
#include "core/text.h"
#include "experiments/outcome_matrix.h"
#include "tests/experiments/list_strategy.h"
#include "tests/experiments/toy_experiment.h"
#include "tests/support/check_close.h"
#include "tests/support/expect_error.h"

namespace prospect {
namespace {

using test::run_session;
using test::Session;
using test::ToyExperiment;

LeaderboardRow row_of(const std::string& text, double value, double log_likelihood) {
  LeaderboardRow row;
  Candidate candidate;
  candidate.tmpl = Template::parse(text);
  candidate.verbalizer.labels = {{"bad", {{"bad", {}}}}, {"good", {{"good", {}}, {"fine", {}}}}};
  row.entry = candidate;
  row.shown.tmpl = text;
  row.strategy = "manual";
  row.metric = "accuracy";
  row.dev = Evaluation{value, 0.1, log_likelihood, 0.5, 16, 0};
  row.scoring = {{"rule", "single"},
                 {"norm", "sum"},
                 {"space", "labels"},
                 {"calibration", "none"},
                 {"precision", "float32"}};
  row.rank = 1;
  return row;
}

TEST_CASE(
    "entries stand by expected metric; ties are broken by metric, likelihood, worst class, tokens, "
    "text, and NaN is last") {
  const Merit base{false, 0.5, 0.5, -1, 0.5, 10, "b"};
  const auto with = [&](auto change) {
    Merit merit = base;
    change(merit);
    return merit;
  };

  CHECK(better(with([](Merit& m) { m.expected = 0.6; }), base));
  CHECK(better(base, with([](Merit& m) {
                 m.one_label = true;
                 m.expected = 0.9;
               })));
  CHECK(better(with([](Merit& m) { m.value = 0.6; }), base));
  CHECK(better(with([](Merit& m) { m.log_likelihood = -0.9; }), base));
  CHECK(better(with([](Merit& m) { m.worst_class = 0.6; }), base));
  CHECK(better(with([](Merit& m) { m.num_tokens = 9; }), base));
  CHECK(better(with([](Merit& m) { m.text = "a"; }), base));
  CHECK(!better(base, base));
  CHECK(better(base, with([](Merit& m) { m.value = std::nan(""); })));
  CHECK(!better(with([](Merit& m) { m.value = std::nan(""); }), base));
}

TEST_CASE("a row has every field of the interface") {
  const Json row = to_json(row_of("{text} {mask}", 0.75, -0.5));

  for (const char* key :
       {"rank",           "kind",    "template",    "ids",       "text_safe", "verbalizer",
        "demonstrations", "members", "strategy",    "parents",   "model",     "task",
        "protocol",       "scoring", "split_seed",  "seed",      "metric",    "dev",
        "test",           "cost",    "evaluations", "tied_with", "control",   "failure"}) {
    CAPTURE(key);
    CHECK(row.contains(key));
  }
  for (const char* key : {"accuracy", "se", "ci", "corrected", "expected", "log_likelihood", "n"})
    CHECK(row["dev"].contains(key));
  CHECK(row["control"] == false);
  CHECK(row["test"].is_null());
}

TEST_CASE("a row whose text does not give its tokens carries the ids") {
  LeaderboardRow row = row_of("{text} {trigger=3,4} {mask}", 0.75, -0.5);
  row.shown.text_safe = false;
  const Json json = to_json(row);

  CHECK(json["text_safe"] == false);
  CHECK(json["ids"] == Json({3, 4}));
  CHECK(write_markdown({{row}, {}}).find("(ids)") != std::string::npos);
}

TEST_CASE("CSV cells with commas, quotes and line breaks are quoted") {
  const std::string csv = write_csv({{row_of("\"{text}\",\n{mask}", 0.75, -0.5)}, {}});

  CHECK(csv.find("\"\"\"{text}\"\",\n{mask}\"") != std::string::npos);
  const std::string header = csv.substr(0, csv.find("\r\n"));
  CHECK(header.find("dev,dev_se,dev_ci_low,dev_ci_high,dev_log_likelihood,dev_n,test,") !=
        std::string::npos);
}

TEST_CASE("Markdown cells hold no line break and no cell end") {
  const std::string text = write_markdown({{row_of("{text} | `x`\n{mask}", 0.75, -0.5)}, {}});

  CHECK(text.find("`` {text} \\| `x` {mask} ``") != std::string::npos);
}

TEST_CASE("ties are shown with their ranks, and the summary counts a strategy's best rows") {
  ToyExperiment toy;
  toy.json["strategies"] = Json::array(
      {{{"name", test::kListStrategy},
        {"options", {{"words", {"w10 w20 w30", "w10 w20 w30 w31", "w10 w20 w30 w32"}}}}}});
  const Session session = run_session(toy.open(), toy.run_folder());

  for (const auto& row : session.rows) {
    if (row["control"] != false) continue;
    CHECK(row["dev"]["accuracy"] == 1.0);
    CHECK(row["ties"] == 2);
    CHECK(row["tied_with"].size() == 2);
  }
  CHECK(session.rows[0]["tied_with"] == Json({2, 3}));
  CHECK(session.markdown.find("| test_list | 1 | 1.000 | ") != std::string::npos);
}

TEST_CASE("of many ties the nearest ranks are listed") {
  ToyExperiment toy;
  std::vector<std::string> words;
  for (int i = 11; i < 45; ++i) words.push_back("w10 w20 w30 w" + std::to_string(i));
  toy.json["strategies"] =
      Json::array({{{"name", test::kListStrategy}, {"options", {{"words", words}}}}});
  const Session session = run_session(toy.open(), toy.run_folder());
  const Json& row = session.rows[20];

  CHECK(row["ties"] == 33);
  CHECK(row["tied_with"] == Json({16, 17, 18, 19, 20, 22, 23, 24, 25, 26}));
}

TEST_CASE("the best rows are kept, and the controls") {
  Leaderboard board;
  for (int i = 1; i <= 5; ++i) {
    board.rows.push_back(row_of("{text} {mask}", 0.5, -i));
    board.rows.back().rank = i;
  }
  board.rows.push_back(row_of("{mask}", 0.5, -1));
  board.rows.back().rank.reset();
  board.rows.back().control = Control::manual;
  keep_top(board, 2);

  CHECK(board.rows.size() == 3);
}

TEST_CASE("an entry that one strategy asked twice is one row") {
  ToyExperiment toy;
  toy.json["strategies"] = Json::array(
      {{{"name", test::kListStrategy}, {"options", {{"words", {"w11", "w12", "w11"}}}}}});
  const Session session = run_session(toy.open(), toy.run_folder());

  CHECK(test::rows_of(session, test::kListStrategy).size() == 2);
}

TEST_CASE("the outcome matrix holds every candidate, example and answer") {
  ToyExperiment toy;
  toy.json["strategies"] = Json::array(
      {{{"name", test::kListStrategy}, {"options", {{"words", {"w11", "w12", "w13"}}}}}});
  run_session(toy.open(), toy.run_folder());
  const auto store = RunStore::open_read_only(toy.run_folder());
  write_outcome_matrix(*store, toy.folder() / "matrix.safetensors");
  const std::string bytes = read_file(toy.folder() / "matrix.safetensors");

  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  CHECK(length % 8 == 0);
  const Json header = parse_json(bytes.substr(8, length), "header");
  CHECK(header["log_p"]["dtype"] == "F64");
  CHECK(header["log_p"]["shape"] == Json({3, 16, 2}));
  CHECK(bytes.size() == 8 + length + 3 * 16 * 2 * 8);
  const Json candidates = parse_json(header["__metadata__"]["candidates"].get<std::string>(), "");
  CHECK(candidates[2]["rank"] == 3);
  const Json examples = parse_json(header["__metadata__"]["examples"].get<std::string>(), "");
  CHECK(examples.size() == 16);

  double first = 0;
  std::memcpy(&first, bytes.data() + 8 + length, sizeof first);
  const auto best = store->trial(candidates[0]["trial"]);
  CHECK(first == best.outcome.rows[0].log_p[0]);
}

TEST_CASE("a matrix of a run without entries is refused") {
  ToyExperiment toy;
  toy.json["strategies"] =
      Json::array({{{"name", test::kListStrategy}, {"options", {{"words", {"w50"}}}}}});
  const Session session = run_session(toy.open(), toy.run_folder());
  const auto store = RunStore::open_read_only(toy.run_folder());

  CHECK(session.finished);
  CHECK(final_line(*store, {}).at("best").is_null());
  test::expect_error(ErrorKind::input, "found none yet",
                     [&] { write_outcome_matrix(*store, toy.folder() / "matrix.safetensors"); });
}

TEST_CASE("the final line names run, best row, evaluations, seconds and status") {
  ToyExperiment toy;
  run_session(toy.open(), toy.run_folder());
  const auto store = RunStore::open_read_only(toy.run_folder());
  RunStore* const stores[] = {store.get()};
  const Json line = final_line(*store, build_leaderboard(stores));

  CHECK(line["run"] == shown_path(toy.run_folder()));
  CHECK(line["best"]["rank"] == 1);
  CHECK(line["evaluations"] == 32);
  CHECK(line["seconds"].get<double>() > 0);
  CHECK(line["status"] == "finished");
}

TEST_CASE("runs of the same data are ranked together and others apart") {
  ToyExperiment toy;
  run_session(toy.open({"/seed=1"}), toy.folder() / "one");
  run_session(toy.open({"/seed=2"}), toy.folder() / "two");
  run_session(toy.open({"/shots=4"}), toy.folder() / "three");
  std::vector<std::unique_ptr<RunStore>> stores;
  std::vector<RunStore*> pointers;
  for (const char* name : {"one", "two", "three"}) {
    stores.push_back(RunStore::open_read_only(toy.folder() / name));
    pointers.push_back(stores.back().get());
  }
  const Leaderboard board = build_leaderboard(pointers);

  std::int64_t most = 0, firsts = 0;
  for (const auto& row : board.rows) {
    most = std::max(most, row.rank.value_or(0));
    firsts += row.rank == 1 ? 1 : 0;
  }
  CHECK(most == 4);
  CHECK(firsts == 2);
}

}  // namespace
}  // namespace prospect
