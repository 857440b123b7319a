#include "experiments/controls.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace prospect {
namespace {

// Far enough below the other labels that no metric sees it, and still a number.
constexpr double kNeverLogP = -50.0;

Verbalizer label_names(const Task& task) {
  Verbalizer verbalizer;
  for (const auto& label : task.labels) verbalizer.labels.push_back({label, {{label, {}}}});
  return verbalizer;
}

std::vector<std::int64_t> label_counts(const Task& task) {
  std::vector<std::int64_t> counts(task.labels.size());
  for (const auto& example : task.support)
    if (example.label >= 0) ++counts.at(static_cast<std::size_t>(example.label));
  return counts;
}

std::size_t majority_label(const Task& task) {
  const auto counts = label_counts(task);
  return static_cast<std::size_t>(std::max_element(counts.begin(), counts.end()) - counts.begin());
}

Template all_fields_then_mask(const Task& task) {
  std::vector<Piece> pieces;
  for (const auto& name : task.fields) {
    pieces.emplace_back(Field{.name = name});
    pieces.emplace_back(Literal{" "});
  }
  pieces.emplace_back(AnswerSlot{});
  return Template(std::move(pieces));
}

}  // namespace

ControlCandidate control_candidate(Control control, const Task& task) {
  const bool has_manual = !task.manual.empty();
  ControlCandidate result;
  switch (control) {
    case Control::majority:
      if (task.support.empty()) result.fault = "no labelled example tells which label is frequent";
      result.candidate.tmpl = Template({Literal{task.labels.at(majority_label(task))}});
      result.candidate.verbalizer = label_names(task);
      break;
    case Control::empty:
      result.candidate.verbalizer =
          has_manual ? task.manual.front().candidate.verbalizer : label_names(task);
      result.candidate.tmpl = all_fields_then_mask(task);
      break;
    case Control::manual:
    case Control::random_lm:
      if (has_manual)
        result.candidate = task.manual.front().candidate;
      else
        result.fault = "the task has no manual prompt";
      break;
  }
  return result;
}

Evaluation evaluate_majority(const Task& task, std::span<const Example> examples) {
  RowOutcome row;
  row.log_p.assign(task.labels.size(), kNeverLogP);
  row.log_p.at(majority_label(task)) = 0;
  const std::vector<RowOutcome> rows(examples.size(), row);
  Evaluation evaluation = evaluate(task.metric, task.labels, label_names(task), examples, rows);

  const auto counts = label_counts(task);
  double total = 0, sum = 0;
  for (const auto count : counts) total += static_cast<double>(count) + 1;
  for (const auto& example : examples) {
    const auto count = counts.at(static_cast<std::size_t>(example.label));
    sum += std::log((static_cast<double>(count) + 1) / total);
  }
  evaluation.log_likelihood = sum / static_cast<double>(examples.size());
  return evaluation;
}

}  // namespace prospect
