#include <algorithm>
#include <cmath>

#include "core/ensemble.h"
#include "core/text.h"
#include "experiments/continuous_ceiling.h"
#include "experiments/experiment_file.h"
#include "experiments/leaderboard.h"
#include "experiments/leaderboard_statement.h"
#include "experiments/leaderboard_text.h"
#include "experiments/number_text.h"

// What people read of a leaderboard.

namespace prospect {
namespace {

constexpr std::size_t kShownLabels = 6;

std::string with_error(const std::optional<Evaluation>& evaluation) {
  if (!evaluation) return "";
  return fixed(evaluation->value, 3) + " ± " + fixed(evaluation->standard_error, 3);
}

std::string table_row(const LeaderboardRow& row, bool with_model) {
  const bool majority = row.control == Control::majority;
  std::string tmpl = majority ? "always " + table_cell(row.shown.tmpl) : code_cell(row.shown.tmpl);
  if (row.shown.tmpl.empty()) tmpl = "-";
  if (!row.shown.text_safe) tmpl += " (ids)";
  if (!row.failure.empty()) tmpl += " *" + table_cell(row.failure) + "*";
  std::string line = "| " + (row.rank ? std::to_string(*row.rank) : std::string("-"));
  for (const std::string& text :
       {tmpl, majority ? std::string() : table_cell(label_words(row.entry)),
        table_cell(row.strategy) + (with_model ? " | " + table_cell(row.model) : ""),
        with_error(row.dev), expected_in_words(row),
        row.dev ? fixed(row.dev->log_likelihood, 3) : std::string(), with_error(row.test),
        std::to_string(row.cost), row.seed ? std::to_string(*row.seed) : std::string(),
        ties_in_words(row)})
    line += " | " + text;
  return line + " |\n";
}

std::string summary_table(std::span<const StrategySummary> summaries, const std::string& family,
                          bool with_model) {
  std::string table = "\n## " + std::string(kSummaryHeading) + "\n\n" +
                      std::string(with_model ? "| strategy | model " : "| strategy ") +
                      "| searches | dev | test |\n|---|---|---|---|" +
                      (with_model ? "---|\n" : "\n");
  for (const auto& row : summaries) {
    if (row.family != family) continue;
    table += "| " + table_cell(row.strategy) + (with_model ? " | " + table_cell(row.model) : "") +
             " | " + std::to_string(row.num_searches) + " | " +
             mean_in_words(row.dev_mean, row.dev_sd) + " | " +
             mean_in_words(row.test_mean, row.test_sd) + " |\n";
  }
  return table;
}

std::string header(bool with_model) {
  return std::string("| rank | template | label words | strategy | ") +
         (with_model ? "model | " : "") +
         "dev | expected | log-likelihood | test | cost | seed | ties "
         "|\n|---|---|---|---|---|---|---|---|---|---|---|" +
         (with_model ? "---|\n" : "\n");
}

}  // namespace

std::string expected_in_words(const LeaderboardRow& row) {
  return row.dev && !row.control ? fixed(row.merit.expected, 3) : std::string();
}

std::string table_cell(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '|')
      result += "\\|";
    else
      result += c == '\n' || c == '\r' ? ' ' : c;
  }
  return result;
}

std::string code_cell(const std::string& text) {
  const bool ticked = text.find('`') != std::string::npos;
  return ticked ? "`` " + table_cell(text) + " ``" : "`" + table_cell(text) + "`";
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

std::string label_words(const Entry& entry) {
  std::vector<std::string> each;
  for (const auto& part : parts_of(entry)) {
    std::string words = label_words(part.verbalizer);
    if (std::find(each.begin(), each.end(), words) == each.end()) each.push_back(std::move(words));
  }
  return join(each, " / ");
}

std::string ties_in_words(const LeaderboardRow& row) {
  if (row.num_ties == 0) return "";
  if (row.tied_with.size() > 3) return std::to_string(row.num_ties) + " others";
  std::string ranks;
  for (const auto rank : row.tied_with) ranks += (ranks.empty() ? "" : ", ") + std::to_string(rank);
  return ranks;
}

std::string family_heading(const Leaderboard& board, const LeaderboardRow& row) {
  std::vector<std::string> models;
  for (const auto& other : board.rows)
    if (other.family == row.family &&
        std::find(models.begin(), models.end(), other.model) == models.end())
      models.push_back(other.model);
  return row.task + " on " + join(models, ", ");
}

std::string apart_in_words(const Leaderboard& board, std::size_t first_row) {
  if (first_row == 0) return "";
  // The nearest of the groups before it says most shortly what keeps it apart.
  std::string shortest;
  for (std::size_t i = 0; i < first_row; ++i) {
    if (i > 0 && board.rows[i].comparable == board.rows[i - 1].comparable) continue;
    std::string why = why_apart(board.rows[first_row], board.rows[i]);
    if (shortest.empty() || why.size() < shortest.size()) shortest = std::move(why);
  }
  return "Not ranked with the rows above: " + shortest + ".";
}

std::string family_terms(const LeaderboardRow& row) {
  if (row.terms.contains("prompt"))
    return "Free vectors in place of tokens: no prompt that can be written, but how far prompts of "
           "this model may go. Scored as the rows above.";
  std::string terms = row.shots > 0
                          ? std::to_string(row.shots) + " examples a label (" + row.protocol + ")"
                          : std::string("All training rows");
  const auto scoring = [&](const char* key) { return row.scoring.at(key).get<std::string>(); };
  if (row.setting == name_of(Setting::zero))
    terms = std::to_string(row.shots) + " inputs a label, their labels unseen";
  terms +=
      "; setting " + row.setting + "; scoring: rule " + scoring("rule") + ", norm " +
      scoring("norm") + ", space " + scoring("space") + ", calibration " + scoring("calibration") +
      ", " + scoring("precision") + ".\nMetric: " + row.metric +
      (dev_metric_of(row) == row.metric ? ""
                                        : " on test, on dev " + dev_metric_of(row) + " in nats") +
      " ± standard error over examples. Rows were chosen on dev, so that dev flatters them; "
      "the test set was opened once, for each strategy's best row and the controls.\nExpected "
      "is what "
      "ranks: the metric shrunk towards what the log-likelihood says.";
  return terms;
}

std::string group_heading(const LeaderboardRow& row) {
  const std::string n = row.dev ? std::to_string(row.dev->num_examples) : "no";
  return "Split " + std::to_string(row.split_seed) + ": " + n + " dev examples";
}

std::string mean_in_words(double mean, double sd) {
  return std::isfinite(sd) ? fixed(mean, 3) + " (" + fixed(sd, 3) + ")" : fixed(mean, 3);
}

std::string write_markdown(const Leaderboard& board, std::size_t most_rows) {
  if (board.rows.empty()) return "No entry was scored on a whole dev set yet.\n";
  std::string text;
  const auto& rows = board.rows;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool new_family = i == 0 || rows[i].family != rows[i - 1].family;
    if (new_family)
      text += (i == 0 ? "# " : "\n# ") + family_heading(board, rows[i]) + "\n\n" +
              family_terms(rows[i]) + "\n" + ceiling_statement(board, rows[i].family);
    std::size_t shown = 0, hidden = 0;
    const bool with_model = has_several_models(board, rows[i].family);
    text += "\n## " + group_heading(rows[i]) + "\n\n";
    if (i > 0) text += apart_in_words(board, i) + "\n\n";
    text += header(with_model);
    std::size_t end = i;
    for (; end < rows.size() && rows[end].comparable == rows[i].comparable; ++end) {
      if (shown >= most_rows && !rows[end].control && !rows[end].test) {
        ++hidden;
        continue;
      }
      text += table_row(rows[end], with_model);
      ++shown;
    }
    if (hidden > 0)
      text += "\n" + std::to_string(hidden) + " further rows are in leaderboard.csv.\n";
    const bool last_of_family = end == rows.size() || rows[end].family != rows[i].family;
    if (last_of_family)
      text += summary_table(board.summaries, rows[i].family, with_model) +
              selection_statement(board, rows[i].family);
    i = end - 1;
  }
  return text;
}

}  // namespace prospect
