// What is no single, uncalibrated prompt: calibration, ensembles and soft prompts, and the setting
// without labels, through whole studies.

#include <doctest/doctest.h>

#include <algorithm>

#include "core/ensemble.h"
#include "core/unlabelled.h"
#include "experiments/apply_prompt.h"
#include "experiments/continuous_ceiling.h"
#include "experiments/entry_rows.h"
#include "experiments/found_prompt.h"
#include "experiments/prompt_score.h"
#include "experiments/run_data.h"
#include "experiments/trial_scorer.h"
#include "experiments/verification.h"
#include "tests/experiments/toy_experiment.h"
#include "tests/support/check_close.h"
#include "tests/support/expect_error.h"

namespace prospect {
namespace {

using test::check_close;
using test::expect_error;
using test::rows_of;
using test::run_session;
using test::StopAfter;
using test::toy_task;
using test::ToyExperiment;
using test::ToyModel;

// A search over a toy task, with a calibration.
struct CalibratedBench {
  explicit CalibratedBench(Calibration calibration_, RacingRule racing = RacingRule::off)
      : calibration(calibration_),
        task(toy_task(64)),
        chunked(model.scorer(), {}, [] {}),
        scorer(task, chunked, 1, racing, calibration_) {}

  Ask ask(std::size_t count, std::size_t keep = 0) const {
    Ask ask;
    ask.keep = keep;
    for (std::size_t i = 0; i < count; ++i) {
      Candidate candidate = task.manual.front().candidate;
      candidate.tmpl = Template::parse("{text} w1" + std::to_string(i) + " {mask}");
      ask.proposals.push_back({.entry = candidate});
    }
    return ask;
  }

  Calibration calibration;
  ToyModel model;
  Task task;
  ChunkedScorer chunked;
  TrialScorer scorer;
};

TEST_CASE(
    "content-free inputs are scored once, charged for every proposal, and calibrate its rows") {
  for (const auto& [calibration, count] :
       {std::pair(Calibration::contextual, 3), std::pair(Calibration::domain_pmi, 1),
        std::pair(Calibration::batch, 0), std::pair(Calibration::none, 0)}) {
    CAPTURE(count);
    CalibratedBench bench(calibration);
    Meter meter(10'000, 0);
    const auto first = bench.scorer.score(bench.ask(1), meter);
    CHECK(meter.spent() == 64 + count);
    CHECK(first[0].cost == 64 + count);
    CHECK(bench.model.toy_scorer.num_rows == 64 + count);
    bench.scorer.score(bench.ask(1), meter);
    CHECK(meter.spent() == 2 * (64 + count));
    CHECK(bench.model.toy_scorer.num_rows == 64 + count);

    const auto candidate = std::get<Candidate>(bench.ask(1).proposals[0].entry);
    const auto raw = bench.chunked.score(candidate, bench.task.dev);
    const auto content_free =
        bench.chunked.score(candidate, content_free_examples(calibration, bench.task.fields));
    const auto expected = calibrated(calibration, candidate.verbalizer, raw, content_free);
    for (std::size_t i = 0; i < expected.size(); ++i)
      CHECK(first[0].outcome.rows[i].log_p == expected[i].log_p);
  }
}

TEST_CASE("a race under batch calibration ends with the prior of all rows, as without a race") {
  CalibratedBench raced(Calibration::batch, RacingRule::standard),
      whole(Calibration::batch, RacingRule::off);
  Meter meter(100'000, 0), other(100'000, 0);
  const auto a = raced.scorer.score(raced.ask(9, 2), meter);
  const auto b = whole.scorer.score(whole.ask(9), other);
  std::size_t num_scored = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].status != Status::scored) continue;
    ++num_scored;
    CHECK(a[i].evaluation.log_likelihood == b[i].evaluation.log_likelihood);
  }
  CHECK(num_scored >= 1);
  CHECK(meter.spent() <= other.spent());
}

TEST_CASE("an ensemble of scored members costs no row, counts its members' and mixes them") {
  CalibratedBench bench(Calibration::contextual);
  Meter meter(10'000, 0);
  const Ask members = bench.ask(3);
  const auto scored = bench.scorer.score(members, meter);
  const std::int64_t rows = bench.model.toy_scorer.num_rows, spent = meter.spent();
  Ensemble ensemble{{}, {0.5, 0.25, 0.25}, Combiner::log_linear};
  std::vector<std::vector<RowOutcome>> parts;
  for (std::size_t i = 0; i < 3; ++i) {
    ensemble.members.push_back(std::get<Candidate>(members.proposals[i].entry));
    parts.push_back(scored[i].outcome.rows);
  }
  Ask ask;
  ask.proposals.push_back({.entry = ensemble});
  const auto mixed = bench.scorer.score(ask, meter);

  REQUIRE(mixed[0].status == Status::scored);
  CHECK(bench.model.toy_scorer.num_rows == rows);
  CHECK(meter.spent() - spent == 3 * (64 + 3));
  CHECK(mixed[0].expanded.size() == 3);
  const auto expected = mixed_rows(ensemble, parts);
  for (std::size_t i = 0; i < expected.size(); ++i)
    CHECK(mixed[0].outcome.rows[i].log_p == expected[i].log_p);
}

TEST_CASE("a member that fails fails its ensemble") {
  CalibratedBench bench(Calibration::none);
  Ask ask = bench.ask(1);
  Candidate failing = std::get<Candidate>(ask.proposals[0].entry);
  failing.tmpl = Template::parse("{text} w50 {mask}");
  ask.proposals[0].entry =
      Ensemble{{std::get<Candidate>(ask.proposals[0].entry), failing}, {1, 1}, Combiner::linear};
  Meter meter(10'000, 0);
  const auto results = bench.scorer.score(ask, meter);

  CHECK(results[0].status == Status::failed);
  CHECK(results[0].reason == "the word w50 fails");
}

TEST_CASE("calibration is part of a run's identity and keeps its rows apart") {
  ToyExperiment toy;
  run_session(toy.open(), toy.folder() / "none");
  toy.json["scoring"] = {{"calibration", "batch"}};
  const auto calibrated_run = run_session(toy.open(), toy.folder() / "batch");
  CHECK(rows_of(calibrated_run, "manual").front().at("scoring").at("calibration") == "batch");
  expect_error(ErrorKind::input, "same spec",
               [&] { run_session(toy.open(), toy.folder() / "none"); });

  const auto a = RunStore::open_read_only(toy.folder() / "none"),
             b = RunStore::open_read_only(toy.folder() / "batch");
  RunStore* const stores[] = {a.get(), b.get()};
  const Leaderboard board = build_leaderboard(stores);
  std::size_t num_first = 0;
  for (const auto& row : board.rows) num_first += row.rank == 1 ? 1 : 0;
  CHECK(num_first == 2);
}

TEST_CASE("calibrating a finished run shows what the search with that calibration stored") {
  ToyExperiment toy;
  toy.json["strategies"] = {{{"name", "manual"}},
                            {{"name", "ensemble"}, {"init", "top:2 of manual"}}};
  const auto experiment = toy.open();
  run_session(experiment, toy.folder() / "none");
  const auto plain = RunStore::open_read_only(toy.folder() / "none");
  RunStore* const stores[] = {plain.get()};
  const Task task = split_task(experiment, 13);
  for (const auto calibration : {Calibration::batch, Calibration::contextual}) {
    toy.json["scoring"] = {{"calibration", name_of(calibration)}};
    const std::string name(name_of(calibration));
    const auto searched = run_session(toy.open(), toy.folder() / name);

    ToyModel model;
    ChunkedScorer scorer(model.scorer(), {}, [] {});
    const Recalibration recalibration(calibration, [&](const Candidate& candidate, std::uint64_t) {
      return scorer.score(candidate, content_free_examples(calibration, task.fields));
    });
    const Leaderboard after = build_leaderboard(stores, &recalibration);
    // The same prompts have the same numbers, on dev and on test.
    std::size_t num_compared = 0;
    for (const auto& row : after.rows)
      for (const auto& other : searched.rows) {
        const Json mine = to_json(row);
        if (mine.at("strategy") != "manual" || other.at("strategy") != "manual" ||
            mine.at("template") != other.at("template"))
          continue;
        ++num_compared;
        // What is expected of a row depends on the others of its board.
        for (const char* key : {"accuracy", "log_likelihood", "se", "ci"})
          CHECK(mine.at("dev").at(key) == other.at("dev").at(key));
        if (!mine.at("test").is_null() && !other.at("test").is_null())
          CHECK(mine.at("test") == other.at("test"));
      }
    CHECK(num_compared == 2);
    const auto is_ensemble = [](const LeaderboardRow& row) {
      return std::holds_alternative<Ensemble>(row.entry);
    };
    CHECK(std::any_of(after.rows.begin(), after.rows.end(), is_ensemble));
    const auto calibrated_store = RunStore::open_read_only(toy.folder() / name);
    RunStore* const twice[] = {calibrated_store.get()};
    expect_error(ErrorKind::input, "cannot be calibrated again",
                 [&] { build_leaderboard(twice, &recalibration); });
  }
}

TEST_CASE("ensembles stand on the leaderboard with their members, are verified, and not exported") {
  ToyExperiment toy;
  toy.json["strategies"] = {{{"name", "manual"}},
                            {{"name", "random"}},
                            {{"name", "ensemble"}, {"init", "top:4 of random"}}};
  toy.json["budget"] = {{"evaluations", 1500}};
  const auto experiment = toy.open();
  const auto session = run_session(experiment, toy.run_folder());
  const auto rows = rows_of(session, "ensemble");
  const auto found = std::find_if(rows.begin(), rows.end(),
                                  [](const Json& row) { return row.at("kind") == "ensemble"; });
  REQUIRE(found != rows.end());
  const Json& ensemble = *found;
  CHECK(ensemble.at("members").size() >= 2);
  CHECK(ensemble.at("parents").size() == ensemble.at("members").size());
  CHECK(ensemble.at("template").get<std::string>().find(" x \"") != std::string::npos);
  CHECK(std::any_of(rows.begin(), rows.end(),
                    [](const Json& row) { return !row.at("test").is_null(); }));

  const auto store = RunStore::open_read_only(toy.run_folder());
  ToyModel model;
  const Verification verification =
      verify_run(*store, experiment, model, 100, [](const std::string&) {});
  CHECK(verification.num_held() == verification.numbers.size());

  RunStore* const stores[] = {store.get()};
  for (const auto& row : build_leaderboard(stores).rows)
    if (std::holds_alternative<Ensemble>(row.entry))
      expect_error(ErrorKind::unsupported, "is an ensemble",
                   [&] { found_prompt(row, split_task(experiment, 13), nullptr); });
}

TEST_CASE("score and apply calibrate as the search does") {
  CalibratedBench bench(Calibration::contextual);
  Meter meter(10'000, 0);
  const auto searched = bench.scorer.score(bench.ask(1), meter);
  const Candidate candidates[] = {std::get<Candidate>(bench.ask(1).proposals[0].entry)};
  const auto scores = score_prompts(bench.model.scorer(), bench.task, candidates, bench.task.dev,
                                    {}, Calibration::contextual);
  CHECK(scores.front().evaluation.log_likelihood == searched[0].evaluation.log_likelihood);
  CHECK(scores.front().evaluations == 64 + 3);
  CHECK(to_json(scores.front()).at("calibration") == "contextual");

  const auto labelled = apply_prompt(bench.model.scorer(), candidates[0], {}, bench.task.dev,
                                     Calibration::contextual);
  const MatrixXd expected = label_log_probs(candidates[0].verbalizer, searched[0].outcome.rows);
  for (std::size_t i = 0; i < labelled.size(); ++i)
    check_close(labelled[i].log_p[0], expected(static_cast<Eigen::Index>(i), 0), 1e-12);
}

TEST_CASE("soft prompts stand apart, with the share of their gain that tokens reached") {
  ToyExperiment toy;
  toy.json["strategies"] = {{{"name", "manual"}},
                            {{"name", "prefix"}, {"options", {{"vectors", 3}, {"steps", 30}}}},
                            {{"name", "pez"}, {"init", "top:1 of prefix"}}};
  toy.json["budget"] = {{"evaluations", 6000}};
  const auto experiment = toy.open();
  const auto session = run_session(experiment, toy.run_folder());
  const auto soft = rows_of(session, "prefix");
  REQUIRE_FALSE(soft.empty());
  CHECK(soft.front().at("kind") == "soft");
  CHECK(soft.front().at("rank") == 1);
  CHECK_FALSE(soft.front().at("test").is_null());
  CHECK(rows_of(session, "pez").size() > 0);
  CHECK(session.markdown.find("The continuous ceiling") != std::string::npos);

  const auto store = RunStore::open_read_only(toy.run_folder());
  RunStore* const stores[] = {store.get()};
  const Leaderboard board = build_leaderboard(stores);
  const LeaderboardRow* best = best_row(board);
  REQUIRE(best != nullptr);
  CHECK(std::holds_alternative<Candidate>(best->entry));
  const auto ceiling = continuous_ceiling(board);
  REQUIRE(ceiling.size() == 1);
  CHECK(ceiling.front().pool == "test");

  ToyModel model;
  const Verification verification =
      verify_run(*store, experiment, model, 3, [](const std::string&) {});
  CHECK(verification.num_held() == verification.numbers.size());
}

TEST_CASE("the share of the gain is of all splits together, and nothing where none was gained") {
  CHECK(share_of_gain({{"", 1, "test", 0.5, 0.6, 0.7}, {"", 2, "test", 0.5, 0.7, 0.7}}) ==
        doctest::Approx(0.75));
  CHECK(std::isnan(share_of_gain({{"", 1, "test", 0.5, 0.6, 0.5}})));
}

TEST_CASE("zero-shot search sees no label: other labels, the same entries, ranks and dev values") {
  ToyExperiment toy;
  toy.json["setting"] = "zero";
  toy.json["strategies"] = {{{"name", "manual"}},
                            {{"name", "random"}},
                            {{"name", "ensemble"}, {"init", "top:3 of random"}}};
  toy.json["budget"] = {{"evaluations", 1200}};
  const auto truth = run_session(toy.open(), toy.folder() / "truth");
  std::string train = read_text_file(toy.folder() / "toys/train.tsv");
  for (std::size_t at = 0; (at = train.find("\tgood", at)) != std::string::npos; ++at)
    train.replace(at, 5, "\tbad");
  write_file(toy.folder() / "toys/train.tsv", train);
  const auto lies = run_session(toy.open(), toy.folder() / "lies");

  REQUIRE(truth.rows.size() == lies.rows.size());
  for (std::size_t i = 0; i < truth.rows.size(); ++i) {
    for (const char* key : {"rank", "template", "dev", "strategy", "test", "setting"})
      CHECK(truth.rows[i].at(key).dump() == lies.rows[i].at(key).dump());  // a NaN is null there
    CHECK(truth.rows[i].at("setting") == "zero");
    if (truth.rows[i].at("rank").is_null()) continue;
    CHECK(truth.rows[i].at("dev").contains("mutual_information"));
    CHECK(truth.rows[i].at("dev").at("log_likelihood").dump() == "null");
  }
  const auto manual = rows_of(truth, "manual");
  REQUIRE(manual.size() == 2);
  CHECK(manual.front().at("test").contains("accuracy"));
}

TEST_CASE("mutual information is large for sure and different answers, and 0 for equal ones") {
  const Verbalizer verbalizer{{{"bad", {{"bad", {}}}}, {"good", {{"good", {}}}}}};
  const auto row = [](double p) {
    RowOutcome outcome;
    outcome.log_p = {std::log(p), std::log(1 - p)};
    return outcome;
  };
  check_close(evaluate_unlabelled(verbalizer, std::vector{row(1), row(0)}).value, std::log(2.0),
              1e-9);
  check_close(evaluate_unlabelled(verbalizer, std::vector{row(0.9), row(0.9)}).value, 0, 1e-9);
  CHECK(evaluate_unlabelled(verbalizer, std::vector{row(0.9), row(0.2)}).value >
        evaluate_unlabelled(verbalizer, std::vector{row(0.6), row(0.4)}).value);
}

}  // namespace
}  // namespace prospect
