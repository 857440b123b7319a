#include "experiments/selection.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "core/error.h"
#include "core/rng.h"
#include "experiments/closing.h"
#include "experiments/database.h"
#include "experiments/leaderboard.h"
#include "experiments/post_hoc.h"
#include "experiments/study.h"
#include "tests/experiments/list_strategy.h"
#include "tests/experiments/toy_experiment.h"
#include "tests/support/expect_error.h"

namespace prospect {
namespace {

using test::run_session;
using test::Session;
using test::StopAfter;
using test::ToyExperiment;
using test::ToyModel;

struct Entrant {
  std::string name;
  std::vector<double> right, log_p;
};

// The names, best first.
std::vector<std::string> order_of(SelectionRule rule, const std::vector<Entrant>& entrants,
                                  const std::vector<bool>& one_label = {}) {
  const std::size_t n = entrants.front().right.size();
  std::vector<Example> examples(n);
  for (std::size_t i = 0; i < n; ++i) examples[i].label = static_cast<std::int32_t>(i % 2);
  std::vector<Merit> merits(entrants.size());
  std::vector<DevEvidence> evidence(entrants.size());
  std::vector<Merit*> targets;
  std::vector<const DevEvidence*> sources;
  for (std::size_t e = 0; e < entrants.size(); ++e) {
    evidence[e] = {entrants[e].right, entrants[e].log_p, !one_label.empty() && one_label[e]};
    merits[e].text = entrants[e].name;
    for (std::size_t i = 0; i < n; ++i) {
      merits[e].value += entrants[e].right[i] / static_cast<double>(n);
      merits[e].log_likelihood += entrants[e].log_p[i] / static_cast<double>(n);
    }
    targets.push_back(&merits[e]);
    sources.push_back(&evidence[e]);
  }
  weigh(rule, targets, sources, examples);
  std::stable_sort(merits.begin(), merits.end(), better);
  std::vector<std::string> names;
  for (const auto& merit : merits) names.push_back(merit.text);
  return names;
}

// Entrants whose likelihood says how good they are; `lucky` is right once more than it deserves.
std::vector<Entrant> entrants_with_a_lucky_one() {
  std::vector<Entrant> entrants;
  Rng rng(1, "entrants");
  for (int e = 0; e < 30; ++e) {
    Entrant entrant{"e" + std::to_string(e), {}, {}};
    for (int i = 0; i < 32; ++i) {
      const double margin = 0.04 * e + 4 * rng.uniform() - 2;
      entrant.right.push_back(margin > 0 ? 1 : 0);
      entrant.log_p.push_back(-std::log1p(std::exp(-margin)));
    }
    entrants.push_back(std::move(entrant));
  }
  entrants[0].name = "lucky";
  std::fill(entrants[0].right.begin(), entrants[0].right.begin() + 30, 1);
  return entrants;
}

TEST_CASE("a lucky metric leads where the metric decides, and not where the likelihood has a say") {
  const auto entrants = entrants_with_a_lucky_one();

  CHECK(order_of(SelectionRule::metric, entrants).front() == "lucky");
  CHECK(order_of(SelectionRule::expected, entrants).front() != "lucky");
}

TEST_CASE("whoever answers one label alone stands behind all who do not, by any rule") {
  auto entrants = entrants_with_a_lucky_one();
  std::vector<bool> one_label(entrants.size());
  one_label[0] = true;
  for (const SelectionRule rule : kSelectionRules)
    CHECK(order_of(rule, entrants, one_label).back() == "lucky");
}

TEST_CASE("an entry that was found twice counts once") {
  auto entrants = entrants_with_a_lucky_one();
  const auto once = order_of(SelectionRule::expected, entrants);
  for (int copy = 0; copy < 40; ++copy) entrants.push_back(entrants[5]);
  auto many = order_of(SelectionRule::expected, entrants);
  many.erase(std::unique(many.begin(), many.end()), many.end());

  CHECK(many == once);
}

TEST_CASE("of one gold label alone nobody is said to answer one label") {
  Judgement judgement;
  judgement.num_labels = 2;
  judgement.gold = {0, 0, 0};
  judgement.predicted = {0, 0, 0};
  judgement.rank = {1, 1, 1};
  judgement.gold_log_p = {-0.1, -0.1, -0.1};
  CHECK(!evidence_of("accuracy", judgement).one_label);
  judgement.gold = {0, 1, 0};
  CHECK(evidence_of("accuracy", judgement).one_label);
}

const std::vector<std::string> kWords{"w10 w20 w30", "w11", "w10 w21", "w12 w20",
                                      "w13",         "w14", "w10 w20"};

// The manual prompts, and then these words.
struct ToySearch : ToyExperiment {
  ToySearch() {
    json["strategies"] = Json::array(
        {{{"name", "manual"}}, {{"name", test::kListStrategy}, {"options", {{"words", kWords}}}}});
  }
};

TEST_CASE("rows say how sure their numbers are, and what the choice rests on") {
  ToySearch toy;
  const Session session = run_session(toy.open(), toy.run_folder());
  const Json& best = session.rows.front();

  for (const auto& row : session.rows) {
    CAPTURE(row.dump());
    if (row["dev"].is_null()) continue;
    CHECK(row["dev"]["ci"][0].get<double>() <= row["dev"]["accuracy"].get<double>());
    CHECK(row["dev"]["ci"][1].get<double>() >= row["dev"]["accuracy"].get<double>());
    if (row["rank"].is_null()) continue;
    CHECK(row["dev"]["corrected"].is_number());
    CHECK(row["dev"]["expected"].is_number());
  }
  CHECK(best["test"]["ci"].size() == 2);
  std::vector<std::string> compared;
  for (const auto& comparison : best["comparisons"]) {
    compared.push_back(comparison["against"].get<std::string>() + "/" +
                       comparison["pool"].get<std::string>());
    CHECK(comparison["test"] == "mcnemar");
    CHECK(comparison["p_holm"] >= comparison["p"]);
    CHECK(comparison["family"] == 2);
  }
  CHECK(compared == std::vector<std::string>{"runner_up/dev", "manual/dev", "manual/test"});
  CHECK(session.markdown.find("test_list: 7 candidates tried, 112 evaluations spent; the chosen "
                              "one scored 1.000 on dev") != std::string::npos);
  CHECK(session.markdown.find("corrected for having been chosen") != std::string::npos);
  CHECK(session.markdown.find("exact McNemar test") != std::string::npos);
}

TEST_CASE("the selection rule is the experiment's, and part of what a run is") {
  ToySearch toy;
  const Experiment by_default = toy.open(), by_accuracy = toy.open({"/selection=accuracy"});

  CHECK(by_default.spec.selection == SelectionRule::expected);
  CHECK(by_accuracy.spec.selection == SelectionRule::metric);
  CHECK(fingerprint(by_default.spec) != fingerprint(by_accuracy.spec));
  test::expect_error(ErrorKind::input, "selection", [&] { toy.open({"/selection=acuracy"}); });
}

std::unique_ptr<RunStore> open_run(const ToyExperiment& toy) {
  return RunStore::open(toy.run_folder());
}

bool look_back(const Experiment& experiment, RunStore& store, std::size_t finalists) {
  ToyModel model;
  StopAfter observer;
  Study study(
      experiment, model, [](std::uint64_t) { return std::make_unique<ToyModel>(); }, store,
      observer);
  return study.run_post_hoc(finalists);
}

TEST_CASE("post hoc, finalists are scored on the test set and the leaderboard stays as it was") {
  ToySearch toy;
  const Experiment experiment = toy.open();
  const Session before = run_session(experiment, toy.run_folder());
  {
    const auto store = open_run(toy);
    REQUIRE(look_back(experiment, *store, 5));
    RunStore* const stores[] = {store.get()};
    const auto splits = post_hoc_of(*store, build_leaderboard(stores));

    REQUIRE(splits.size() == 1);
    CHECK(splits[0].num_finalists >= 5);
    CHECK(splits[0].chosen == before.rows.front()["test"]["accuracy"]);
    CHECK(splits[0].worst <= splits[0].mean);
    CHECK(splits[0].mean <= splits[0].best);
    CHECK(to_json(splits)["post_hoc"] == true);
    CHECK(write_markdown(splits, "accuracy").starts_with("# Post-hoc"));
  }
  CHECK(run_session(experiment, toy.run_folder()).jsonl == before.jsonl);
}

TEST_CASE("post hoc is refused before the choice is sealed") {
  ToySearch toy;
  const Experiment experiment = toy.open();
  ToyModel model;
  const auto store = RunStore::create(toy.run_folder(), identity_of(experiment, model));

  test::expect_error(ErrorKind::usage, "sealed", [&] { look_back(experiment, *store, 5); });
}

TEST_CASE("in true few-shot the support set is the dev set, and the result says so") {
  ToySearch toy;
  const Experiment experiment = toy.open({"/setting=true_few"});
  const Task task = split_task(experiment, 13);
  const Session session = run_session(experiment, toy.run_folder());

  CHECK(task.dev == task.support);
  CHECK(task.support.size() == 16);
  CHECK(task.fingerprint != split_task(toy.open(), 13).fingerprint);
  CHECK(session.rows.front()["setting"] == "true_few");
  CHECK(session.markdown.find("True few-shot: the support set was the dev set too") !=
        std::string::npos);
}

// Takes from a finished run what later schemas added.
void make_schema_1(const ToyExperiment& toy) {
  Database database(toy.run_folder() / "run.sqlite", Database::Access::read_write);
  database.execute(
      "DROP TABLE vectors; DROP TABLE examples; DROP TABLE post_hoc; ALTER TABLE tests DROP COLUMN "
      "row_outcomes; "
      "ALTER TABLE controls DROP COLUMN row_outcomes; ALTER TABLE units DROP COLUMN tokens; "
      "ALTER TABLE units DROP COLUMN num_trials; ALTER TABLE units DROP COLUMN tokens_room; "
      "ALTER TABLE units DROP COLUMN trials_room; PRAGMA user_version = 1;");
}

TEST_CASE("a run of schema 1 is read as it is, by its metric, and brought to the newest to go on") {
  ToySearch toy;
  const Experiment experiment = toy.open();
  const Session before = run_session(experiment, toy.run_folder());
  make_schema_1(toy);
  {
    const auto store = RunStore::open_read_only(toy.run_folder());
    RunStore* const stores[] = {store.get()};
    const Leaderboard board = build_leaderboard(stores);

    CHECK(board.rows.size() == before.rows.size());
    CHECK(board.rows.front().merit.expected == board.rows.front().merit.value);
    CHECK(board.rows.front().comparisons.empty());
    CHECK(board.rows.front().dev_interval.has_value());
    CHECK(store->examples(13).empty());
  }
  const auto store = open_run(toy);
  store->put_examples(13, split_task(experiment, 13).dev);
  CHECK(store->examples(13).size() == 16);
  CHECK(store->examples(std::nullopt).empty());
}

}  // namespace
}  // namespace prospect
