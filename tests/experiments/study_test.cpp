#include "experiments/study.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <set>

#include "tests/experiments/list_strategy.h"
#include "tests/experiments/toy_experiment.h"
#include "tests/support/check_close.h"
#include "tests/support/expect_error.h"

namespace prospect {
namespace {

using test::expect_error;
using test::rows_of;
using test::run_session;
using test::Session;
using test::StopAfter;
using test::ToyExperiment;
using test::ToyModel;

Json list_of(const std::vector<std::string>& words, const Json& more = Json::object()) {
  Json options = {{"words", words}};
  options.update(more);
  return {{"name", test::kListStrategy}, {"options", options}};
}

TEST_CASE("a search finds the planted optimum and ranks it first") {
  ToyExperiment toy;
  toy.json["strategies"] = {{{"name", "manual"}}, {{"name", "random"}}, {{"name", "autoprompt"}}};
  toy.json["budget"]["evaluations"] = 30000;
  const Session session = run_session(toy.open(), toy.run_folder());

  REQUIRE(session.finished);
  const Json& best = session.rows.front();
  CHECK(best["rank"] == 1);
  CHECK(best["strategy"] == "autoprompt");
  CHECK(best["template"].get<std::string>().find("w10 w20 w30") != std::string::npos);
  CHECK(best["text_safe"] == true);
  CHECK(best["dev"]["accuracy"] == 1.0);
  CHECK(best["test"]["accuracy"].get<double>() > 0.9);
  const double manual = rows_of(session, "control: manual").front()["dev"]["accuracy"];
  CHECK(manual < 0.9);
}

TEST_CASE("the budget is never passed, and what one strategy leaves flows to the next") {
  ToyExperiment toy;
  toy.json["strategies"] = {{{"name", "manual"}}, {{"name", "random"}}, {{"name", "autoprompt"}}};
  toy.json["budget"]["evaluations"] = 3000;
  run_session(toy.open(), toy.run_folder());
  const auto units = RunStore::open(toy.run_folder())->units();

  REQUIRE(units.size() == 3);
  CHECK(units[0].room == 1000);
  CHECK(units[0].spent == 2 * 16);
  CHECK(units[0].stop == "exhausted");
  CHECK(units[1].room == (3000 - 32) / 2);
  CHECK(units[2].room == 3000 - 32 - units[1].spent);
  std::int64_t spent = 0;
  for (const auto& unit : units) {
    CHECK(unit.spent <= unit.room);
    spent += unit.spent;
  }
  CHECK(spent <= 3000);
}

TEST_CASE("a budget is used up exactly where proposals fit") {
  ToyExperiment toy;
  toy.json["strategies"] = Json::array({list_of({"w11", "w12", "w13", "w14"})});
  toy.json["budget"]["evaluations"] = 48;
  run_session(toy.open(), toy.run_folder());
  const auto store = RunStore::open(toy.run_folder());

  CHECK(store->spent() == 48);
  CHECK(store->num_trials(Status::scored) == 3);
  CHECK(store->units().front().stop == "exhausted");
}

TEST_CASE("every split seed and seed gets an equal part of the budget") {
  ToyExperiment toy;
  toy.json["split_seeds"] = {13, 21};
  toy.json["seeds"] = {1, 2, 3};
  toy.json["strategies"] = {{{"name", "random"}}};
  toy.json["budget"]["evaluations"] = 1000;
  const Session session = run_session(toy.open(), toy.run_folder());
  const auto store = RunStore::open(toy.run_folder());

  const auto units = store->units();
  REQUIRE(units.size() == 6);
  for (const auto& unit : units) CHECK(unit.room == 166);
  CHECK(units[1].split_seed == 13);
  CHECK(units[1].seed == 2);
  CHECK(store->splits().size() == 2);
  CHECK(rows_of(session, "control: random_lm").size() == 2);
  CHECK(session.markdown.find("| random | 6 | ") != std::string::npos);
}

TEST_CASE("a run that is stopped at any moment and continued ends with the same bytes") {
  ToyExperiment toy;
  toy.json["strategies"] = {{{"name", "manual"}},
                            {{"name", "random"}},
                            {{"name", "autoprompt"}, {"init", "top:1 of random"}}};
  toy.json["budget"]["evaluations"] = 1500;
  const Experiment experiment = toy.open();
  const Session whole = run_session(experiment, toy.folder() / "whole");
  REQUIRE(whole.finished);

  for (const std::int64_t polls : {2, 3, 5, 9, 17}) {
    CAPTURE(polls);
    const auto folder = toy.folder() / ("stopped-" + std::to_string(polls));
    Session session;
    int sessions = 0;
    for (std::int64_t more = polls; !session.finished && sessions < 1000; ++more, ++sessions) {
      ToyModel model;
      StopAfter observer(more);
      session = run_session(experiment, folder, model, observer);
    }
    CHECK(sessions > 1);
    CHECK(session.markdown == whole.markdown);
    CHECK(session.csv == whole.csv);
    CHECK(session.jsonl == whole.jsonl);
  }
}

// Ends the process the hard way at the n-th look at the observer.
class KillAfter : public StudyObserver {
 public:
  explicit KillAfter(int polls) : polls_(polls) {}
  bool stop_requested() override {
    if (--polls_ == 0) ::kill(::getpid(), SIGKILL);
    return false;
  }

 private:
  int polls_;
};

TEST_CASE("a run whose process is killed is continued to the same bytes") {
  ToyExperiment toy;
  toy.json["strategies"] = {{{"name", "random"}}, {{"name", "autoprompt"}}};
  toy.json["budget"]["evaluations"] = 800;
  const Experiment experiment = toy.open();
  const Session whole = run_session(experiment, toy.folder() / "whole");

  int kills = 0;
  for (int polls = 3; kills < 100; polls += 2, ++kills) {
    const pid_t child = ::fork();
    if (child == 0) {
      ToyModel model;
      KillAfter observer(polls);
      run_session(experiment, toy.run_folder(), model, observer);
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    if (WIFEXITED(status)) break;
  }
  CHECK(kills > 2);
  CHECK(run_session(experiment, toy.run_folder()).jsonl == whole.jsonl);
}

TEST_CASE("a finished run does nothing when it is run again") {
  ToyExperiment toy;
  const Session first = run_session(toy.open(), toy.run_folder());
  ToyModel model;
  StopAfter observer;
  const Session second = run_session(toy.open(), toy.run_folder(), model, observer);

  CHECK(second.finished);
  CHECK(second.jsonl == first.jsonl);
  CHECK(model.toy_scorer.num_calls == 0);
}

TEST_CASE("a failure of the third candidate is a failed trial and the search goes on") {
  ToyExperiment toy;
  toy.json["strategies"] = Json::array({list_of({"w11", "w12", "w50", "w13", "w14"})});
  const Session session = run_session(toy.open(), toy.run_folder());
  const auto store = RunStore::open(toy.run_folder());

  CHECK(session.finished);
  CHECK(store->num_trials(Status::scored) == 4);
  CHECK(store->trial(3).status == Status::failed);
  CHECK(store->trial(3).reason == "the word w50 fails");
  CHECK(rows_of(session, test::kListStrategy).size() == 4);
}

TEST_CASE("an internal error stops the run, and what was told before it stays") {
  ToyExperiment toy;
  toy.json["strategies"] = Json::array({list_of({"w11", "w12", "w13"})});
  const Experiment experiment = toy.open();
  const Session whole = run_session(experiment, toy.folder() / "whole");
  ToyModel model;
  model.toy_scorer.throw_at_call = 3;
  StopAfter observer;

  expect_error(ErrorKind::internal, "injected",
               [&] { run_session(experiment, toy.run_folder(), model, observer); });
  CHECK(RunStore::open(toy.run_folder())->num_trials(Status::scored) == 2);
  CHECK(run_session(experiment, toy.run_folder()).jsonl == whole.jsonl);
}

TEST_CASE("the test set is opened once, for the best of each strategy and the controls") {
  ToyExperiment toy;
  toy.json["strategies"] = {list_of({"w11", "w10 w20 w30", "w12"}), {{"name", "manual"}}};
  const Experiment experiment = toy.open();
  Session session;
  int sessions = 0;
  while (!session.finished) {
    ToyModel model;
    StopAfter observer(2);
    session = run_session(experiment, toy.run_folder(), model, observer);
    ++sessions;
  }
  const auto store = RunStore::open(toy.run_folder());
  const auto events = store->events();

  CHECK(sessions > 4);
  CHECK(std::count(events.begin(), events.end(), "test_opened") == 1);
  CHECK(store->tests().size() == 2 + 4);
  for (const auto& strategy : {test::kListStrategy, "manual"}) {
    const auto rows = rows_of(session, strategy);
    CHECK(rows.front()["test"].is_object());
    for (std::size_t i = 1; i < rows.size(); ++i) CHECK(rows[i]["test"].is_null());
  }
  CHECK(rows_of(session, test::kListStrategy).front()["test"]["n"] == 20);
}

TEST_CASE("the four controls are always there") {
  ToyExperiment toy;
  const Session session = run_session(toy.open(), toy.run_folder());

  std::set<std::string> controls;
  for (const auto& row : session.rows)
    if (row["control"].is_string()) controls.insert(row["control"]);
  CHECK(controls == std::set<std::string>{"majority", "empty", "manual", "random_lm"});
  const Json majority = rows_of(session, "control: majority").front();
  CHECK(majority["dev"]["accuracy"] == 0.5);
  test::check_close(majority["dev"]["log_likelihood"], std::log(0.5), 1e-6);  // it is rounded there
  CHECK(majority["cost"] == 0);
  CHECK(rows_of(session, "control: empty").front()["template"] == "{text} {mask}");
  CHECK(rows_of(session, "control: manual").front()["template"] == "{text} w01 {mask}.");
  CHECK(rows_of(session, "control: manual").front()["rank"].is_null());
}

TEST_CASE("the manual control is the first prompt whose label words the rule can score") {
  ToyModel model;
  const auto prompt = [](const char* text, const char* bad) {
    ManualPrompt manual;
    manual.candidate.tmpl = Template::parse(text);
    manual.candidate.verbalizer.labels = {{"bad", {{bad, {}}}}, {"good", {{"good", {}}}}};
    return manual;
  };
  Task task;
  task.manual = {prompt("{text} w01 {mask}.", "w05 w06"), prompt("{text} w02 {mask}.", "bad"),
                 prompt("{text} w03 {mask}.", "w07 w08"), prompt("{text} w04 {mask}.", "w09")};
  const auto order = [](const Task& of) {
    std::string words;
    for (const auto& manual : of.manual) words += manual.candidate.tmpl.text().substr(7, 3) + " ";
    return words;
  };
  Task several = task;
  CHECK(!put_answerable_first(several, model.vocabulary(), {.rule = AnswerRule::parallel}));
  CHECK(order(several) == "w01 w02 w03 w04 ");

  CHECK(put_answerable_first(task, model.vocabulary(), {}));
  CHECK(order(task) == "w02 w04 w01 w03 ");
  CHECK(!put_answerable_first(task, model.vocabulary(), {}));
}

TEST_CASE("a control that cannot be scored is a row with its reason") {
  ToyExperiment toy;
  ToyModel model;
  model.toy_scorer.failing = "w01";  // a word of the manual template
  StopAfter observer;
  const Session session = run_session(toy.open(), toy.run_folder(), model, observer);
  const Json row = rows_of(session, "control: manual").front();

  CHECK(session.finished);
  CHECK(row["failure"] == "the word w01 fails");
  CHECK(row["dev"].is_null());
}

TEST_CASE("seeds are the best trials of the strategy that init names, best first") {
  ToyExperiment toy;
  toy.json["strategies"] = {list_of({"w11", "w10 w20 w30", "w10 w20", "w50"}), list_of({"w21"})};
  toy.json["strategies"][1]["as"] = "seeded";
  toy.json["strategies"][1]["init"] = "top:2 of test_list";
  const Session session = run_session(toy.open(), toy.run_folder());
  const auto rows = rows_of(session, test::kListStrategy);

  const Json parents = rows_of(session, "seeded").front()["parents"];
  REQUIRE(parents.size() == 2);
  CHECK(parents[0] == rows[0]["trial"]);
  CHECK(parents[1] == rows[1]["trial"]);
}

TEST_CASE("a strategy that needs an oracle the model lacks is refused before the run") {
  ToyExperiment toy;
  toy.json["strategies"] = {{{"name", "manual"}}, {{"name", "test_paraphrases"}}};
  ToyModel model;
  StopAfter observer;

  expect_error(ErrorKind::unsupported, "#/strategies/1",
               [&] { run_session(toy.open(), toy.run_folder(), model, observer); });
  CHECK(model.toy_scorer.num_calls == 0);
}

TEST_CASE("oracle calls are charged to the strategy, and past its room they end it") {
  ToyExperiment toy;
  toy.json["strategies"] = Json::array({list_of({"w11", "w12", "w13"}, {{"gradient_rows", 4}})});
  toy.json["budget"]["evaluations"] = 60;  // two asks of 12 + 16, then 4 are left
  run_session(toy.open(), toy.run_folder());
  const auto unit = RunStore::open(toy.run_folder())->units().front();

  CHECK(unit.spent == 56);
  CHECK(unit.num_asks == 2);
  CHECK(unit.stop == "budget");
}

TEST_CASE("seconds end a strategy between two asks, and every strategy is asked") {
  ToyExperiment toy;
  toy.json["strategies"] = {list_of({"w11", "w12", "w13"}), {{"name", "manual"}}};
  toy.json["budget"]["seconds"] = 1e-9;
  const Session first = run_session(toy.open(), toy.run_folder());
  const auto units = RunStore::open(toy.run_folder())->units();

  CHECK(first.finished);
  CHECK(units[0].stop == "seconds");
  CHECK(units[0].spent == 16);
  CHECK(units[1].spent >= 16);
  CHECK(run_session(toy.open(), toy.run_folder()).jsonl == first.jsonl);
}

TEST_CASE("a run of another spec, model or data is refused") {
  ToyExperiment toy;
  run_session(toy.open(), toy.run_folder());
  ToyModel model;
  StopAfter observer;

  expect_error(ErrorKind::input, "same spec",
               [&] { run_session(toy.open({"/seed=2"}), toy.run_folder(), model, observer); });
  RunIdentity other = identity_of(toy.open(), model);
  other.model_fingerprint = "other";
  RunStore::create(toy.folder() / "other", other);
  expect_error(ErrorKind::input, "same model",
               [&] { run_session(toy.open(), toy.folder() / "other", model, observer); });
}

TEST_CASE("rows whose data changed under a run are refused") {
  ToyExperiment toy;
  const Experiment experiment = toy.open();
  {
    ToyModel model;
    StopAfter observer(3);
    CHECK(!run_session(experiment, toy.run_folder(), model, observer).finished);
  }
  Experiment changed = experiment;
  for (auto& example : changed.data.train) example.fields["text"] += " w44";

  expect_error(ErrorKind::input, "split seed 13", [&] { run_session(changed, toy.run_folder()); });
}

TEST_CASE("a forecast says what a study will cost") {
  ToyExperiment toy;
  toy.json["split_seeds"] = {13, 21};
  toy.json["strategies"] = {{{"name", "manual"}}, {{"name", "random"}}};
  const Forecast forecast = prospect::forecast(toy.open());

  CHECK(forecast.num_searches == 2);
  CHECK(forecast.search == 1000);
  CHECK(forecast.controls == 3 * 2 * 16);
  CHECK(forecast.test == (2 * 2 + 3 * 2) * 20);
}

}  // namespace
}  // namespace prospect
