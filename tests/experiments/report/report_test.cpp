#include "experiments/report/report.h"

#include <doctest/doctest.h>

#include "core/error.h"
#include "experiments/report/gnuplot.h"
#include "experiments/study_parts.h"
#include "tests/experiments/list_strategy.h"
#include "tests/experiments/toy_experiment.h"
#include "tests/support/check_close.h"

namespace prospect {
namespace {

using test::ToyExperiment;

// A finished toy run with a list of prompts, two seeds; `report` looks at it.
struct ToyRun {
  explicit ToyRun(std::vector<std::string> words, std::int64_t per_ask = 1, std::int64_t keep = 0) {
    toy.json["seeds"] = {1, 2};
    toy.json["racing"] = "successive_halving";  // the default scores so few examples whole
    toy.json["strategies"] =
        Json::array({{{"name", "manual"}},
                     {{"name", test::kListStrategy},
                      {"as", "<script>list"},
                      {"options", {{"words", words}, {"per_ask", per_ask}, {"keep", keep}}}}});
    experiment = toy.open();
    test::run_session(experiment, toy.run_folder());
    store = RunStore::open_read_only(toy.run_folder());
  }

  ReportSources sources(Model* model) {
    ReportSources sources;
    sources.task = [&](std::uint64_t seed) { return split_task(experiment, seed); };
    sources.model = model;
    sources.why_no_model = "the test has no model";
    sources.scoring = experiment.spec.scoring;
    return sources;
  }
  RunReport report(Model* model = nullptr) { return report_on(*store, sources(model)); }

  ToyExperiment toy;
  Experiment experiment;
  std::unique_ptr<RunStore> store;
};

TEST_CASE("a report has each strategy's curves, its cost and the winner's errors") {
  ToyRun run({"w11", "w10 w20", "w10 w20 w30"});
  const RunReport report = run.report();

  REQUIRE(report.curves.size() == 2);
  CHECK(report.curves[1].searches.size() == 2);
  CHECK(report.curves[1].spent == 3 * 16);
  CHECK(report.curves[1].searches[0].back().value == 1.0);
  REQUIRE(report.winner);
  CHECK(report.winner->row.rank == 1);
  CHECK(report.winner->confusion == std::vector<std::vector<std::int64_t>>{{8, 0, 0}, {0, 8, 0}});
  CHECK(report.winner->judgement.size() == 16);
  CHECK(report.costs.front().what == "manual");
  std::int64_t spent = 0;
  for (const auto& row : report.costs)
    if (row.searches > 0) spent += row.spent;
  CHECK(spent == run.store->spent());
}

TEST_CASE("the manual prompt's answers are those that the run stored, and a paired test is made") {
  ToyRun run({"w10 w20 w30"});
  const RunReport report = run.report();

  REQUIRE(report.winner);
  REQUIRE(report.winner->manual);
  const AgainstManual& manual = *report.winner->manual;
  CHECK(manual.source == "stored with the run");
  CHECK(manual.only_manual == 0);
  CHECK(manual.only_winner > 0);
  CHECK(manual.p_value <= 1);
  for (const auto& difference : manual.differences) CHECK(difference.second_right);
}

TEST_CASE("with the model at hand each token's contribution is scored, and without it is named") {
  ToyRun run({"w10 w20 w30"});
  test::ToyModel model;
  const RunReport with = run.report(&model), without = run.report();

  REQUIRE(with.winner);
  REQUIRE(with.winner->parts.size() == 3);
  CHECK(with.winner->parts[0].part == "w10");
  CHECK(with.winner->parts[0].is_token);
  CHECK(with.winner->parts[0].without.log_likelihood < with.winner->row.dev->log_likelihood);
  CHECK(without.winner->parts.empty());
  REQUIRE(without.notes.size() == 1);
  CHECK(without.notes[0].find("the test has no model") != std::string::npos);
}

TEST_CASE("a task that is gone costs the report its examples, not the rest") {
  ToyRun run({"w11"});
  ReportSources sources = run.sources(nullptr);
  sources.task = [](std::uint64_t) -> Task { fail(ErrorKind::input, "toys", "it is gone"); };
  const RunReport report = report_on(*run.store, sources);

  CHECK(report.winner);
  CHECK(!report.winner->task);
  CHECK(report.notes.at(0).find("it is gone") != std::string::npos);
}

TEST_CASE("the winner's race says who was dropped when") {
  std::vector<std::string> words{"w10 w20 w30"};
  for (int i = 11; i < 18; ++i) words.push_back("w" + std::to_string(i));
  ToyRun run(words, 8, 1);
  const RunReport report = run.report();

  REQUIRE(report.race);
  CHECK(report.winner_raced);
  CHECK(report.race->raced.size() == 8);
  CHECK(report.race->num_examples == 16);
  CHECK(report.race->raced.front().num_seen == 16);
  CHECK(report.race->raced.back().num_seen < 16);
  REQUIRE(report.race_summaries.size() == 1);
  CHECK(report.race_summaries[0].num_races == 2);
  CHECK(report.race_summaries[0].rows_scored < report.race_summaries[0].rows_whole);
}

TEST_CASE("the page holds what the run's texts say as text, and nothing from outside") {
  if (!has_gnuplot()) {
    MESSAGE("gnuplot is not installed: no page is drawn");
    return;
  }
  ToyRun run({"w11", "w10 w20 w30"});
  test::ToyModel model;
  RunReport report = run.report(&model);
  report.winner->row.shown.tmpl = "{text} <script>alert(1)</script> {mask}";
  report.winner->task->dev.at(report.winner->manual->differences.at(0).example).fields["text"] =
      "<img src=x onerror=alert(2)>";
  RunStore* const stores[] = {run.store.get()};
  Leaderboard board = build_leaderboard(stores);
  board.rows.front().shown.tmpl = report.winner->row.shown.tmpl;
  const std::vector<RunReport> reports{report};
  const std::string page = write_report(board, reports);

  CHECK(page.find("<script") == std::string::npos);
  CHECK(page.find("<img") == std::string::npos);
  CHECK(page.find("&lt;script&gt;alert(1)&lt;/script&gt;") != std::string::npos);
  CHECK(page.find("&lt;script&gt;list") != std::string::npos);
  CHECK(page.find("&lt;img src=x onerror=alert(2)&gt;") != std::string::npos);
  CHECK(page.find("<!--plot") == std::string::npos);
  CHECK(page.find("<svg") != std::string::npos);
  CHECK(page.find("src=\"") == std::string::npos);
  std::size_t links = 0;
  for (std::size_t at = page.find("http"); at != std::string::npos;
       at = page.find("http", at + 1)) {
    // Only the names of SVG's namespaces, which no browser asks for.
    CHECK(page.compare(at, 18, "http://www.w3.org/") == 0);
    ++links;
  }
  CHECK(links > 0);
}

TEST_CASE("plots take the page's colours, and a script that gnuplot refuses is an error") {
  if (!has_gnuplot()) return;
  const std::vector<PlotScript> good{{200, 100, "plot x lc " + plot_colour(2)},
                                     {200, 100, "plot x"}};
  const auto drawn = draw(good);

  REQUIRE(drawn.size() == 2);
  CHECK(drawn[0].markup().starts_with("<svg"));
  CHECK(drawn[0].markup().find("var(--plot-3)") != std::string::npos);
  CHECK(drawn[0].markup().find("var(--ink)") != std::string::npos);
  CHECK(drawn[0].markup().find("rgb(") == std::string::npos);
  CHECK(drawn[0].markup().find("id=\"plot1") != std::string::npos);
  CHECK(drawn[1].markup().find("id=\"plot1") == std::string::npos);
  const std::vector<PlotScript> bad{{200, 100, "plot nonsense("}};
  CHECK_THROWS_AS(draw(bad), Error);
}

}  // namespace
}  // namespace prospect
