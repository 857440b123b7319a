#include <algorithm>

#include "core/text.h"
#include "experiments/leaderboard_html.h"
#include "experiments/number_text.h"
#include "experiments/report/page_parts.h"
#include "experiments/report/plots.h"

// The report as a page: words and tables around what report.cpp gathered.

namespace prospect {
namespace {

constexpr std::size_t kMostRows = 8, kMostDropped = 40;

Html curves_figure(const RunReport& run, Plots& plots) {
  std::vector<std::string> names;
  std::size_t most = 0;
  for (const auto& strategy : run.curves) {
    names.push_back(strategy.strategy);
    most = std::max(most, strategy.searches.size());
  }
  return figure(
      "Best " + run.metric + " on dev so far, against cost", plots.add(curves_plot(run.curves)),
      legend(names) + element("div", {{"class", "faint"}},
                              Html::text(most > 1 ? "Mean of up to " + std::to_string(most) +
                                                        " searches (splits and seeds); the band "
                                                        "reaches from the worst to the best."
                                                  : "One search of each strategy.")));
}

Html race_section(const RunReport& run, Plots& plots) {
  Html html = element("h3", Html::text("Racing"));
  if (!run.race)
    return html + paragraph(
                      "No proposal was dropped before it had seen all its examples: nothing "
                      "was raced.");
  const Race& race = *run.race;
  std::vector<std::size_t> seen;
  for (const auto& raced : race.raced) seen.push_back(raced.num_seen);
  std::string rungs;
  for (const auto& rung : rungs_of(seen, race.num_examples))
    rungs += (rungs.empty() ? "" : ", ") + std::to_string(rung.num_left) + " after " +
             std::to_string(rung.num_examples);
  const std::optional<TrialId> winner =
      run.winner_raced ? run.winner->row.trial : std::optional<TrialId>();
  html += figure(
      run.winner_raced ? "The winner's race: who was dropped when"
                       : "The largest race: who was dropped when",
      plots.add(race_plot(race, winner)),
      element("div", {{"class", "faint"}},
              Html::text("Strategy " + race.strategy + ", ask " + std::to_string(race.ask) +
                         ". Candidates left: " + rungs +
                         (run.winner_raced ? " examples. The winner's line is the orange one."
                                           : " examples."))));
  const std::vector<HtmlColumn> columns{
      {"trial", true}, {"template"}, {"examples seen", true}, {"why it stopped"}};
  std::vector<std::vector<Html>> rows;
  for (const auto& raced : race.raced) {
    if (rows.size() == kMostDropped) break;
    rows.push_back({Html::text(std::to_string(raced.trial)), wide(code(raced.tmpl)),
                    Html::text(std::to_string(raced.num_seen)),
                    Html::text(raced.status == Status::scored ? "reached the end" : raced.reason)});
  }
  html += element("details", element("summary", Html::text("The candidates of this race")) +
                                 table(columns, rows));
  const std::vector<HtmlColumn> savings{{"strategy"},          {"races", true},
                                        {"candidates", true},  {"dropped early", true},
                                        {"rows scored", true}, {"without racing", true},
                                        {"saved", true}};
  rows.clear();
  for (const auto& summary : run.race_summaries)
    rows.push_back(
        {Html::text(summary.strategy), Html::text(with_commas(summary.num_races)),
         Html::text(with_commas(summary.num_raced)), Html::text(with_commas(summary.num_dropped)),
         Html::text(with_commas(summary.rows_scored)), Html::text(with_commas(summary.rows_whole)),
         Html::text(percent(summary.rows_whole - summary.rows_scored, summary.rows_whole))});
  return html + table(savings, rows);
}

Html cost_section(const RunReport& run) {
  const std::vector<HtmlColumn> columns{
      {"what"},          {"searches", true}, {"counted work", true}, {"of its room", true},
      {"scoring", true}, {"oracles"},        {"seconds", true},      {"how it ended"}};
  std::vector<std::vector<Html>> rows;
  for (const auto& row : run.costs) {
    std::int64_t asked = 0;
    std::string oracles;
    for (const auto& use : row.oracles) {
      asked += use.cost;
      oracles += (oracles.empty() ? "" : ", ") + std::string(name_of(use.kind)) + " " +
                 with_commas(use.cost);
    }
    rows.push_back(
        {Html::text(row.what), Html::text(row.searches > 0 ? std::to_string(row.searches) : ""),
         Html::text(with_commas(row.spent)),
         Html::text(row.room > 0 ? percent(row.spent, row.room) : ""),
         Html::text(with_commas(row.spent - asked)), Html::text(oracles),
         Html::text(row.searches > 0 ? fixed(row.seconds, 1) : ""), Html::text(row.stops)});
  }
  return element("h3", Html::text("Cost")) +
         paragraph(
             "Counted work is what was asked for: a scored example is its forward passes, a "
             "gradient row is 3. Really run were " +
             with_commas(run.work.forwards) + " forward passes over " +
             with_commas(run.work.tokens) + " tokens; " + with_commas(run.work.cached) +
             " rows came from the cache.") +
         table(columns, rows);
}

Html run_section(const RunReport& run, std::size_t index, const Leaderboard& board, Plots& plots) {
  Html html =
      element("h2", {{"id", "run-" + std::to_string(index + 1)}}, Html::text("Run " + run.folder));
  if (!run.finished)
    html += paragraph(
        "This run is not finished: what follows is what it had stored when the "
        "report was made.");
  for (const auto& note : run.notes) html += element("p", {{"class", "faint"}}, Html::text(note));
  html += element("div", {{"class", "figures"}}, curves_figure(run, plots));
  if (run.winner) html += winner_section(run, board, plots);
  html += race_section(run, plots) + cost_section(run);
  return html + element("h3", Html::text("Settings")) +
         element("details",
                 element("summary", Html::text("Everything the run was told, defaults "
                                               "included")) +
                     element("pre", Html::text(run.settings.dump(2, ' ', false,
                                                                 Json::error_handler_t::replace))));
}

}  // namespace

std::string write_report(const Leaderboard& board, std::span<const RunReport> runs) {
  Plots plots;
  Html links = element("a", {{"href", "#leaderboard"}}, Html::text("Leaderboard"));
  for (std::size_t i = 0; i < runs.size(); ++i)
    links += Html::text(" ") + element("a", {{"href", "#run-" + std::to_string(i + 1)}},
                                       Html::text("Run " + runs[i].folder));
  Html body = element("h1", Html::text("Prompt search report")) + element("nav", links) +
              element("section", {{"id", "leaderboard"}}, leaderboard_tables(board, kMostRows));
  for (std::size_t i = 0; i < runs.size(); ++i)
    body += element("section", run_section(runs[i], i, board, plots));
  const std::string title =
      board.rows.empty() ? "prospect report" : board.rows.front().task + ": prospect report";
  return plots.drawn_into(page(title, body).markup());
}

}  // namespace prospect
