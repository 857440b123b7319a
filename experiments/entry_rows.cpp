#include "experiments/entry_rows.h"

#include <utility>

#include "core/ensemble.h"
#include "core/error.h"

namespace prospect {
namespace {

// With demonstrations; empty where the task does not hold them, `fault` says what is missing.
std::vector<Candidate> expand(std::span<const Candidate> candidates, const Task& task,
                              std::string& fault) {
  std::vector<Candidate> parts;
  try {
    for (const auto& candidate : candidates) parts.push_back(with_demonstrations(candidate, task));
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::input && error.kind() != ErrorKind::unsupported) throw;
    fault = error.message();
    parts.clear();
  }
  return parts;
}

}  // namespace

std::vector<RowOutcome> entry_rows(const Entry& entry, Calibration calibration,
                                   std::vector<PartRows> parts) {
  const std::vector<Candidate> candidates = parts_of(entry);
  if (parts.size() != candidates.size())
    fail(ErrorKind::internal, "entry_rows", "expected rows of ", candidates.size(),
         " candidates, found ", parts.size());
  if (std::holds_alternative<SoftPrompt>(entry))
    return calibrated(calibration, outcome_verbalizer(entry), std::move(parts.front().rows),
                      parts.front().content_free);
  std::vector<std::vector<RowOutcome>> rows;
  for (std::size_t i = 0; i < parts.size(); ++i)
    rows.push_back(calibrated(calibration, candidates[i].verbalizer, std::move(parts[i].rows),
                              parts[i].content_free));
  if (const auto* ensemble = std::get_if<Ensemble>(&entry)) return mixed_rows(*ensemble, rows);
  return std::move(rows.front());
}

EntryScore score_entry(const Entry& entry, const Task& task, std::span<const Example> examples,
                       Calibration calibration, ChunkedScorer& scorer,
                       const std::function<MatrixXf(BlobId)>& vectors) {
  EntryScore score;
  const auto content_free = content_free_examples(calibration, task.fields);
  const auto num_rows = static_cast<std::int64_t>(examples.size() + content_free.size());
  MatrixXf soft;
  if (const auto* prompt = std::get_if<SoftPrompt>(&entry)) {
    if (!vectors)
      fail(ErrorKind::unsupported, "score", "expected an entry of tokens, found a soft prompt");
    soft = vectors(prompt->vectors);
  }
  const auto rows_of = [&](const Candidate& candidate, std::span<const Example> inputs) {
    if (inputs.empty()) return std::vector<RowOutcome>();
    return soft.size() > 0 ? scorer.score(candidate, soft, inputs)
                           : scorer.score(candidate, inputs);
  };
  std::vector<PartRows> parts;
  for (const auto& part : expand(parts_of(entry), task, score.failure)) {
    score.cost += scorer.cost(part) * num_rows;
    PartRows& rows = parts.emplace_back();
    rows.rows = rows_of(part, examples);
    rows.content_free = rows_of(part, content_free);
    if (auto fault = first_fault(rows.rows))
      score.failure = *fault;
    else if ((fault = first_fault(rows.content_free)))
      score.failure = "on a content-free input: " + *fault;
  }
  if (!score.failure.empty()) return score;
  score.rows = entry_rows(entry, calibration, std::move(parts));
  score.evaluation =
      evaluate(task.metric, task.labels, outcome_verbalizer(entry), examples, score.rows);
  return score;
}

}  // namespace prospect
