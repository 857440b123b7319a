#include <cmath>
#include <cstdio>

#include "core/text.h"
#include "experiments/leaderboard.h"

// What people read of a leaderboard.

namespace prospect {
namespace {

constexpr std::size_t kShownLabels = 6;

std::string fixed(double number, int digits) {
  if (!std::isfinite(number)) return "-";
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, number);
  return text;
}

// Text inside a table cell: no line breaks, no cell ends.
std::string cell(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '|')
      result += "\\|";
    else
      result += c == '\n' || c == '\r' ? ' ' : c;
  }
  return result;
}

// A template verbatim, whatever back ticks it holds.
std::string code_cell(const std::string& text) {
  const bool ticked = text.find('`') != std::string::npos;
  return ticked ? "`` " + cell(text) + " ``" : "`" + cell(text) + "`";
}

std::string with_error(const std::optional<Evaluation>& evaluation) {
  if (!evaluation) return "";
  return fixed(evaluation->value, 3) + " ± " + fixed(evaluation->standard_error, 3);
}

std::string label_words(const Verbalizer& verbalizer) {
  std::string words;
  std::size_t shown = 0;
  bool names = true;
  for (const auto& [label, answers] : verbalizer.labels)
    names = names && answers.size() == 1 && answers.front().text == label;
  if (names) return "the labels themselves";
  for (const auto& [label, answers] : verbalizer.labels) {
    if (shown++ == kShownLabels)
      return words + "; ... (" + std::to_string(verbalizer.labels.size()) + " labels)";
    words += (words.empty() ? "" : "; ") + label + ": ";
    for (std::size_t i = 0; i < answers.size(); ++i)
      words += (i == 0 ? "" : ", ") + answers[i].text;
  }
  return words;
}

std::string ties(const LeaderboardRow& row) {
  if (row.num_ties == 0) return "";
  if (row.tied_with.size() > 3) return std::to_string(row.num_ties) + " others";
  std::string ranks;
  for (const auto rank : row.tied_with) ranks += (ranks.empty() ? "" : ", ") + std::to_string(rank);
  return ranks;
}

std::string table_row(const LeaderboardRow& row) {
  const Verbalizer& verbalizer = std::get<Candidate>(row.entry).verbalizer;
  const bool majority = row.control == Control::majority;
  std::string tmpl = majority ? "always " + cell(row.shown.tmpl) : code_cell(row.shown.tmpl);
  if (row.shown.tmpl.empty()) tmpl = "-";
  if (!row.shown.text_safe) tmpl += " (ids)";
  if (!row.failure.empty()) tmpl += " *" + cell(row.failure) + "*";
  std::string line = "| " + (row.rank ? std::to_string(*row.rank) : std::string("-"));
  for (const std::string& text :
       {tmpl, majority ? std::string() : cell(label_words(verbalizer)), cell(row.strategy),
        with_error(row.dev), row.dev ? fixed(row.dev->log_likelihood, 3) : std::string(),
        with_error(row.test), std::to_string(row.cost),
        row.seed ? std::to_string(*row.seed) : std::string(), ties(row)})
    line += " | " + text;
  return line + " |\n";
}

std::string group_title(const LeaderboardRow& first) {
  const std::string n = first.dev ? std::to_string(first.dev->num_examples) : "no";
  return "\n## Split " + std::to_string(first.split_seed) + ": " + n + " dev examples\n\n";
}

std::string family_title(const LeaderboardRow& first) {
  std::string title = "# " + first.task + " on " + first.model + "\n\n";
  title += first.shots > 0
               ? std::to_string(first.shots) + " examples a label (" + first.protocol + ")"
               : std::string("All training rows");
  title += "; scoring: rule " + first.scoring.at("rule").get<std::string>() + ", norm " +
           first.scoring.at("norm").get<std::string>() + ", space " +
           first.scoring.at("space").get<std::string>() + ", calibration " +
           first.scoring.at("calibration").get<std::string>() + ", " +
           first.scoring.at("precision").get<std::string>() + ".\n";
  title += "Metric: " + first.metric +
           " ± standard error over examples. Rows were chosen on dev, so that dev flatters them; "
           "the test set was opened once, for each strategy's best row and the controls.\n";
  return title;
}

std::string summary_table(std::span<const StrategySummary> summaries, const std::string& family) {
  std::string table =
      "\n## Over splits and seeds: mean (standard deviation) of each strategy's best row\n\n"
      "| strategy | searches | dev | test |\n|---|---|---|---|\n";
  const auto shown = [](double mean, double sd) {
    return std::isfinite(sd) ? fixed(mean, 3) + " (" + fixed(sd, 3) + ")" : fixed(mean, 3);
  };
  for (const auto& row : summaries) {
    if (row.family != family) continue;
    table += "| " + cell(row.strategy) + " | " + std::to_string(row.num_searches) + " | " +
             shown(row.dev_mean, row.dev_sd) + " | " + shown(row.test_mean, row.test_sd) + " |\n";
  }
  return table;
}

constexpr const char* kHeader =
    "| rank | template | label words | strategy | dev | log-likelihood | test | cost | seed | ties "
    "|\n|---|---|---|---|---|---|---|---|---|---|\n";

}  // namespace

std::string write_markdown(const Leaderboard& board, std::size_t most_rows) {
  if (board.rows.empty()) return "No entry was scored on a whole dev set yet.\n";
  std::string text;
  const auto& rows = board.rows;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool new_family = i == 0 || rows[i].family != rows[i - 1].family;
    if (new_family) text += (i == 0 ? "" : "\n") + family_title(rows[i]);
    std::size_t shown = 0, hidden = 0;
    text += group_title(rows[i]) + kHeader;
    std::size_t end = i;
    for (; end < rows.size() && rows[end].comparable == rows[i].comparable; ++end) {
      if (shown >= most_rows && !rows[end].control && !rows[end].test) {
        ++hidden;
        continue;
      }
      text += table_row(rows[end]);
      ++shown;
    }
    if (hidden > 0)
      text += "\n" + std::to_string(hidden) + " further rows are in leaderboard.csv.\n";
    const bool last_of_family = end == rows.size() || rows[end].family != rows[i].family;
    if (last_of_family) text += summary_table(board.summaries, rows[i].family);
    i = end - 1;
  }
  return text;
}

}  // namespace prospect
