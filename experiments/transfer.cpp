#include "experiments/transfer.h"

#include <cmath>
#include <limits>
#include <map>

#include "core/error.h"
#include "experiments/controls.h"
#include "experiments/entry_rows.h"
#include "experiments/leaderboard_text.h"
#include "experiments/number_text.h"
#include "experiments/study_parts.h"
#include "search/gradient/probe.h"

namespace prospect {
namespace {

constexpr const char* kManual = "manual";

// A model refuses what it cannot score, for instance label words of several tokens, with an error
// or a failure; either is the cell's own.
TransferCell score_one(Model& model, const Task& task, const Entry& entry,
                       const ExperimentSpec& spec) {
  try {
    ChunkedScorer scorer(model.scorer(), spec.scoring, [] {});
    const EntryScore score = score_entry(entry, task, task.dev, spec.calibration, scorer);
    if (!score.failure.empty()) return {std::nullopt, score.failure};
    return {score.evaluation, ""};
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::input && error.kind() != ErrorKind::unsupported) throw;
    return {std::nullopt, error.message()};
  }
}

// Of a model's column with the values at home, over the rows that have both.
double correlation_with_home(const TransferMatrix& matrix, std::size_t model) {
  std::vector<double> home, there;
  for (const auto& row : matrix.rows) {
    if (!row.home || !row.cells.at(model).dev) continue;
    home.push_back(*row.home);
    there.push_back(row.cells[model].dev->value);
  }
  if (home.size() < 2) return std::numeric_limits<double>::quiet_NaN();
  return rank_correlation(home, there);
}

}  // namespace

Candidate as_text(const Candidate& candidate, const Vocabulary& vocabulary) {
  Candidate text = candidate;
  text.tmpl = vocabulary.as_text(candidate.tmpl);
  for (auto& label : text.verbalizer.labels)
    for (auto& answer : label.answers) {
      if (answer.text.empty() && !answer.ids.empty()) answer.text = vocabulary.decode(answer.ids);
      answer.ids.clear();
    }
  return text;
}

Entry as_text(const Entry& entry, const Vocabulary& vocabulary) {
  if (const auto* candidate = std::get_if<Candidate>(&entry))
    return as_text(*candidate, vocabulary);
  const auto* ensemble = std::get_if<Ensemble>(&entry);
  if (ensemble == nullptr)
    fail(ErrorKind::unsupported, "transfer",
         "expected an entry of tokens, found a soft prompt, whose vectors are of its own model");
  Ensemble text = *ensemble;
  for (auto& member : text.members) member = as_text(member, vocabulary);
  return text;
}

TransferCandidates transfer_rows(RunStore& store, const Experiment& experiment,
                                 const Vocabulary& home, std::int64_t top) {
  RunStore* const stores[] = {&store};
  TransferCandidates result;
  const Leaderboard board = build_leaderboard(stores);
  for (const auto& split : store.splits()) {
    for (const auto& row : board.rows) {
      if (!row.rank || *row.rank > top || row.split_seed != split.split_seed) continue;
      if (std::holds_alternative<SoftPrompt>(row.entry)) continue;
      result.rows.push_back({row.model,
                             row.split_seed,
                             row.rank,
                             row.shown.tmpl,
                             row.shown.text_safe,
                             row.dev->value,
                             {}});
      result.entries.push_back(as_text(row.entry, home));
    }
    const Task task = split_task(experiment, split.split_seed);
    const ControlCandidate manual = control_candidate(Control::manual, task);
    if (!manual.fault.empty()) continue;
    TransferRow row{
        kManual, split.split_seed, std::nullopt, manual.candidate.tmpl.text(), true, std::nullopt,
        {}};
    for (const auto& control : store.controls())
      if (control.control == Control::manual && control.split_seed == split.split_seed &&
          control.failure.empty())
        row.home = control.evaluation.value;
    result.rows.push_back(std::move(row));
    result.entries.emplace_back(manual.candidate);
  }
  return result;
}

void score_on(Model& model, const Experiment& experiment, std::span<TransferRow> rows,
              std::span<const Entry> entries) {
  std::map<std::uint64_t, Task> tasks;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::uint64_t seed = rows[i].split_seed;
    if (tasks.count(seed) == 0) tasks.emplace(seed, split_task(experiment, seed));
    rows[i].cells.push_back(score_one(model, tasks.at(seed), entries[i], experiment.spec));
  }
}

Json to_json(const TransferMatrix& matrix) {
  Json json{{"metric", matrix.metric}, {"models", matrix.models}, {"rows", Json::array()}};
  for (const auto& row : matrix.rows) {
    Json cells = Json::array();
    for (const auto& cell : row.cells)
      cells.push_back({{"value", cell.dev ? Json(cell.dev->value) : Json()},
                       {"se", cell.dev ? Json(cell.dev->standard_error) : Json()},
                       {"log_likelihood", cell.dev ? Json(cell.dev->log_likelihood) : Json()},
                       {"n", cell.dev ? Json(cell.dev->num_examples) : Json()},
                       {"failure", cell.failure.empty() ? Json() : Json(cell.failure)}});
    json["rows"].push_back({{"source", row.source},
                            {"split_seed", row.split_seed},
                            {"rank", row.rank ? Json(*row.rank) : Json()},
                            {"template", row.tmpl},
                            {"text_safe", row.text_safe},
                            {"home", row.home ? Json(*row.home) : Json()},
                            {"cells", cells}});
  }
  for (std::size_t m = 0; m < matrix.models.size(); ++m) {
    const double correlation = correlation_with_home(matrix, m);
    json["rank_correlation"].push_back(std::isnan(correlation) ? Json() : Json(correlation));
  }
  return json;
}

std::string write_markdown(const TransferMatrix& matrix) {
  std::string text = "# Transfer: dev " + matrix.metric +
                     " of prompts that were found for one model on others\n\n"
                     "Prompts are carried over as text, with their label words. `home` is what the "
                     "run stored on its own model.\n\n"
                     "| found for | split | rank | template | home |";
  for (const auto& model : matrix.models) text += " " + table_cell(model) + " |";
  text += "\n|---|---|---|---|---|";
  for (std::size_t m = 0; m < matrix.models.size(); ++m) text += "---|";
  std::vector<std::string> failures;
  for (const auto& row : matrix.rows) {
    text += "\n| " + table_cell(row.source) + " | " + std::to_string(row.split_seed) + " | " +
            (row.rank ? std::to_string(*row.rank) : "-") + " | " + code_cell(row.tmpl) +
            (row.text_safe ? "" : " (other tokens as text)") + " | " +
            (row.home ? fixed(*row.home, 3) : "-") + " |";
    for (const auto& cell : row.cells)
      text += cell.dev ? " " + fixed(cell.dev->value, 3) + " ± " +
                             fixed(cell.dev->standard_error, 3) + " |"
                       : " " + table_cell(cell.failure) + " |";
  }
  text += "\n| rank correlation with home | | | | |";
  for (std::size_t m = 0; m < matrix.models.size(); ++m)
    text += " " + fixed(correlation_with_home(matrix, m), 3) + " |";
  return text + "\n";
}

}  // namespace prospect
