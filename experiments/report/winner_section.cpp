#include <algorithm>
#include <cmath>

#include "experiments/number_text.h"
#include "experiments/report/page_parts.h"
#include "experiments/report/plots.h"

namespace prospect {
namespace {

constexpr std::size_t kMostChartRows = 10, kMostDifferences = 60;
constexpr std::size_t kMostText = 400;  // bytes of an example's field that are shown

std::string signed_number(double value, int digits) {
  return (value > 0 ? "+" : "") + fixed(value, digits);
}

IntervalRow interval_row(const LeaderboardRow& row) {
  IntervalRow shown;
  shown.label = row.control ? std::string(name_of(*row.control)) : "#" + std::to_string(*row.rank);
  std::replace(shown.label.begin(), shown.label.end(), '_', ' ');
  const Json json = to_json(row);
  const auto read = [&](const char* pool, auto& value, auto& interval) {
    const Json& score = json.at(pool);
    const std::string& metric = pool == std::string_view("dev") ? row.dev_metric : row.metric;
    if (score.is_null() || !score.at(metric).is_number()) return;
    value = score.at(metric).get<double>();
    const Json& ci = score.at("ci");
    if (ci.is_array() && ci[0].is_number() && ci[1].is_number())
      interval = {ci[0].get<double>(), ci[1].get<double>()};
  };
  read("dev", shown.dev, shown.dev_interval);
  read("test", shown.test, shown.test_interval);
  return shown;
}

Html intervals_figure(const RunReport& run, const Leaderboard& board, Plots& plots) {
  std::vector<IntervalRow> rows;
  for (const auto& row : board.rows) {
    if (row.comparable != run.winner->row.comparable || row.run != run.winner->row.run) continue;
    const bool shown = row.control || row.test || (row.rank && *row.rank <= 5);
    if (shown && (row.control || rows.size() < kMostChartRows)) rows.push_back(interval_row(row));
  }
  const std::string names[] = {"dev", "test"};
  return figure(
      run.metric + " with 95% intervals, split " + std::to_string(run.winner->row.split_seed),
      plots.add(intervals_plot(rows)),
      legend(names) + element("div", {{"class", "faint"}},
                              Html::text("By rank on the leaderboard, then the controls. "
                                         "Rows were chosen on dev, so dev flatters "
                                         "them.")));
}

Html confusion_figure(const WinnerReport& winner) {
  const auto& labels = winner.task->labels;
  bool unanswered = false;
  for (const auto& row : winner.confusion) unanswered = unanswered || row.back() > 0;
  std::vector<HtmlColumn> columns{{"gold \\ answer"}};
  for (const auto& label : labels) columns.push_back({label, true});
  if (unanswered) columns.push_back({"no answer", true});
  columns.push_back({"right", true});
  std::vector<std::vector<Html>> rows;
  for (std::size_t g = 0; g < labels.size(); ++g) {
    std::int64_t total = 0;
    for (const auto count : winner.confusion[g]) total += count;
    if (total == 0 && labels.size() > 20) continue;
    std::vector<Html> row{Html::text(labels[g])};
    for (std::size_t a = 0; a < labels.size() + (unanswered ? 1 : 0); ++a) {
      const Html count = Html::text(std::to_string(winner.confusion[g][a]));
      row.push_back(a == g ? element("strong", count) : count);
    }
    row.push_back(Html::text(percent(winner.confusion[g][g], total)));
    rows.push_back(std::move(row));
  }
  return figure("Confusion on dev", table(columns, rows), Html());
}

Html calibration_figure(const WinnerReport& winner, Plots& plots) {
  return figure("Calibration on dev", plots.add(reliability_plot(winner.reliability)),
                element("div", {{"class", "faint"}},
                        Html::text("Expected calibration error " +
                                   fixed(winner.reliability.calibration_error, 3) +
                                   ", Brier score " + fixed(winner.reliability.brier, 3) +
                                   ". On the dashed line an answer of probability p is right in a "
                                   "share p of cases.")));
}

std::string shortened(const std::string& text) {
  if (text.size() <= kMostText) return text;
  std::size_t end = kMostText;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + " …";
}

Html answer_cell(const Judgement& judgement, std::size_t i,
                 const std::vector<std::string>& labels) {
  const auto predicted = judgement.predicted[i];
  const std::string name =
      predicted < 0 ? std::string("no answer") : labels.at(static_cast<std::size_t>(predicted));
  return element("span", {{"class", predicted == judgement.gold[i] ? "good" : "bad"}},
                 Html::text(name)) +
         Html::trusted("<br>") +
         element("small", {{"class", "faint"}},
                 Html::text("gold " + fixed(std::exp(judgement.gold_log_p[i]), 3)));
}

Html differences_section(const WinnerReport& winner) {
  const AgainstManual& manual = *winner.manual;
  const Task& task = *winner.task;
  Html html = element("h3", Html::text("Where the winner and the manual prompt differ")) +
              element("p", Html::text("Manual: ") + code(manual.tmpl) +
                               Html::text(" (" + manual.source + ").")) +
              paragraph("On the dev examples of this split the winner alone is right on " +
                        std::to_string(manual.only_winner) + ", the manual prompt alone on " +
                        std::to_string(manual.only_manual) + " (exact McNemar test, two-sided, " +
                        "p " + p_in_words(manual.p_value) +
                        "). The winner was chosen on these examples, so that the test flatters "
                        "it.");
  if (manual.differences.empty()) return html + paragraph("They answer every example alike.");
  const std::vector<HtmlColumn> columns{{"example"}, {"text"}, {"gold"}, {"manual"}, {"winner"}};
  std::vector<std::vector<Html>> rows;
  for (const auto& difference : manual.differences) {
    if (rows.size() == kMostDifferences) break;
    const Example& example = task.dev.at(difference.example);
    Html text;
    for (const auto& [name, value] : example.fields)
      text += element("div", (example.fields.size() > 1
                                  ? element("small", {{"class", "faint"}}, Html::text(name + ": "))
                                  : Html()) +
                                 Html::text(shortened(value)));
    rows.push_back({Html::text(example.id), wide(text),
                    Html::text(task.labels.at(static_cast<std::size_t>(example.label))),
                    answer_cell(manual.judgement, difference.example, task.labels),
                    answer_cell(winner.judgement, difference.example, task.labels)});
  }
  html += table(columns, rows);
  if (manual.differences.size() > rows.size())
    html += paragraph(std::to_string(manual.differences.size() - rows.size()) +
                      " further examples are left out.");
  return html;
}

Html parts_section(const WinnerReport& winner) {
  const Evaluation& whole = *winner.row.dev;
  const std::vector<HtmlColumn> columns{{"left out"},
                                        {"kind"},
                                        {winner.row.metric, true},
                                        {"contributes", true},
                                        {"log-likelihood", true},
                                        {"contributes", true},
                                        {"prompt without it"}};
  std::vector<std::vector<Html>> rows;
  for (const auto& part : winner.parts) {
    std::vector<Html> row{code(part.part), Html::text(part.is_token ? "token" : "word")};
    if (!part.failure.empty()) {
      for (int i = 0; i < 4; ++i) row.push_back(Html());
      row.push_back(
          wide(code(part.tmpl) + element("div", {{"class", "bad"}}, Html::text(part.failure))));
      rows.push_back(std::move(row));
      continue;
    }
    const double gain = whole.value - part.without.value;
    const double likelihood = whole.log_likelihood - part.without.log_likelihood;
    for (const auto& cell : {fixed(part.without.value, 3), signed_number(gain, 3),
                             fixed(part.without.log_likelihood, 3), signed_number(likelihood, 3)})
      row.push_back(Html::text(cell));
    row.push_back(wide(code(part.tmpl)));
    rows.push_back(std::move(row));
  }
  return element("h3", Html::text("What each part of the prompt contributes")) +
         paragraph("Leave-one-out: the winner without the part, on all " +
                   std::to_string(whole.num_examples) +
                   " dev examples of its split; a contribution is what is lost without it. Scored "
                   "when this report was made, beside the run's budget.") +
         table(columns, rows);
}

}  // namespace

Html winner_section(const RunReport& run, const Leaderboard& board, Plots& plots) {
  const WinnerReport& winner = *run.winner;
  const LeaderboardRow& row = winner.row;
  Html html = element("h3", Html::text("The winner")) + element("p", code(row.shown.tmpl)) +
              paragraph("Found by " + row.strategy + " on split " + std::to_string(row.split_seed) +
                        (row.seed ? ", seed " + std::to_string(*row.seed) : "") + " after " +
                        with_commas(row.cost) + " of counted work; trial " +
                        std::to_string(row.trial.value_or(0)) + ".");
  Html figures = intervals_figure(run, board, plots);
  if (winner.task) {
    figures += calibration_figure(winner, plots);
    html += element("div", {{"class", "figures"}}, figures) + confusion_figure(winner);
  } else {
    html += element("div", {{"class", "figures"}}, figures);
  }
  if (winner.manual) html += differences_section(winner);
  if (!winner.parts.empty()) html += parts_section(winner);
  return html;
}

}  // namespace prospect
