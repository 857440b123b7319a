#include "experiments/leaderboard_html.h"

#include <algorithm>
#include <cmath>

#include "experiments/continuous_ceiling.h"
#include "experiments/leaderboard_text.h"
#include "experiments/number_text.h"

namespace prospect {
namespace {

Html number_cell(const std::optional<double>& value, int digits) {
  return value ? Html::text(fixed(*value, digits)) : Html();
}

// The value, its standard error, and its interval below in small print.
Html score_cell(const Json& score, const std::string& metric) {
  if (score.is_null() || score.at(metric).is_null()) return {};
  const auto number = [](const Json& value) {
    return value.is_number() ? fixed(value.get<double>(), 3) : std::string("-");
  };
  Html cell = Html::text(number(score.at(metric)) + " ± " + number(score.at("se")));
  const Json& interval = score.at("ci");
  if (!interval.is_array()) return cell;
  return cell + Html::trusted("<br>") +
         element("small", {{"class", "faint"}},
                 Html::text("[" + number(interval[0]) + ", " + number(interval[1]) + "]"));
}

// Label words that are those of the row above are not said again.
Html template_cell(const LeaderboardRow& row, const LeaderboardRow* above) {
  const bool majority = row.control == Control::majority;
  Html shown = row.shown.tmpl.empty() ? Html::text("-")
               : majority             ? Html::text("always " + row.shown.tmpl)
                                      : element("code", Html::text(row.shown.tmpl));
  if (!row.shown.text_safe) shown += Html::text(" (ids)");
  if (!row.failure.empty()) shown += element("div", {{"class", "bad"}}, Html::text(row.failure));
  const auto words = label_words(row.entry);
  const bool said = above != nullptr && words == label_words(above->entry);
  if (!majority && !said)
    shown += element("small", {{"class", "faint"}}, Html::trusted("<br>") + Html::text(words));
  return element("span", {{"class", "wide"}}, shown);
}

std::vector<HtmlColumn> columns_of(bool with_model) {
  std::vector<HtmlColumn> columns{{"rank", true}, {"template and label words"}, {"strategy"}};
  if (with_model) columns.push_back({"model"});
  for (const char* number : {"dev", "expected", "log-likelihood", "test", "cost", "seed"})
    columns.push_back({number, true});
  columns.push_back({"ties"});
  return columns;
}

std::vector<Html> cells_of(const LeaderboardRow& row, const LeaderboardRow* above,
                           bool with_model) {
  const Json json = to_json(row);
  std::vector<Html> cells{Html::text(row.rank ? std::to_string(*row.rank) : "-"),
                          template_cell(row, above), Html::text(row.strategy)};
  if (with_model) cells.push_back(Html::text(row.model));
  for (const Html& cell : std::vector<Html>{
           score_cell(json.at("dev"), dev_metric_of(row)), Html::text(expected_in_words(row)),
           number_cell(row.dev ? std::optional(row.dev->log_likelihood) : std::nullopt, 3),
           score_cell(json.at("test"), row.metric), Html::text(with_commas(row.cost)),
           Html::text(row.seed ? std::to_string(*row.seed) : ""), Html::text(ties_in_words(row))})
    cells.push_back(cell);
  return cells;
}

Html summary_html(const Leaderboard& board, const std::string& family) {
  const std::vector<HtmlColumn> columns{
      {"strategy"}, {"model"}, {"searches", true}, {"dev", true}, {"test", true}};
  std::vector<std::vector<Html>> rows;
  for (const auto& summary : board.summaries) {
    if (summary.family != family) continue;
    rows.push_back({Html::text(summary.strategy), Html::text(summary.model),
                    Html::text(std::to_string(summary.num_searches)),
                    Html::text(mean_in_words(summary.dev_mean, summary.dev_sd)),
                    Html::text(mean_in_words(summary.test_mean, summary.test_sd))});
  }
  return element("h3", Html::text(kSummaryHeading)) + table(columns, rows);
}

Html group_table(std::span<const LeaderboardRow> group, bool with_model, const std::string& apart,
                 std::size_t most_rows) {
  std::vector<std::vector<Html>> rows;
  std::size_t hidden = 0;
  const LeaderboardRow* above = nullptr;
  for (const auto& row : group) {
    if (rows.size() >= most_rows && !row.control && !row.test) {
      ++hidden;
      continue;
    }
    rows.push_back(cells_of(row, above, with_model));
    above = &row;
  }
  Html html = element("h3", Html::text(group_heading(group.front())));
  if (!apart.empty()) html += element("p", {{"class", "faint"}}, Html::text(apart));
  html += table(columns_of(with_model), rows);
  if (hidden > 0)
    html += element("p", {{"class", "faint"}},
                    Html::text(std::to_string(hidden) + " further rows are in leaderboard.csv."));
  return html;
}

}  // namespace

Html leaderboard_tables(const Leaderboard& board, std::size_t most_rows) {
  if (board.rows.empty())
    return element("p", Html::text("No entry was scored on a whole dev set yet."));
  Html html;
  const auto& rows = board.rows;
  for (std::size_t begin = 0; begin < rows.size();) {
    std::size_t end = begin;
    while (end < rows.size() && rows[end].comparable == rows[begin].comparable) ++end;
    if (begin == 0 || rows[begin].family != rows[begin - 1].family)
      html += element("h2", Html::text(family_heading(board, rows[begin]))) +
              element("p", Html::text(family_terms(rows[begin]))) +
              (ceiling_statement(board, rows[begin].family).empty()
                   ? Html()
                   : element("p", Html::text(ceiling_statement(board, rows[begin].family))));
    html += group_table(std::span(rows).subspan(begin, end - begin),
                        has_several_models(board, rows[begin].family), apart_in_words(board, begin),
                        most_rows);
    if (end == rows.size() || rows[end].family != rows[begin].family)
      html += summary_html(board, rows[begin].family);
    begin = end;
  }
  return html;
}

std::string write_html(const Leaderboard& board, std::size_t most_rows) {
  return page("Leaderboard",
              element("h1", Html::text("Leaderboard")) + leaderboard_tables(board, most_rows))
      .markup();
}

}  // namespace prospect
