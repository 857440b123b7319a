#include "experiments/composition.h"

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "core/log_space.h"

namespace prospect {
namespace {

// The answers of every label for one mask.
Verbalizer part_of(const JsonReader& verbalizer, const Task& task, std::size_t part,
                   std::size_t num_parts) {
  Verbalizer words;
  for (const auto& label : task.labels) {
    const JsonReader row = verbalizer.at(label);
    const auto answers = row.strings();
    if (answers.size() != num_parts)
      fail(ErrorKind::input, row.where(), "expected an answer for each of the template's ",
           num_parts, " masks, found ", answers.size());
    if (answers[part].empty()) row.fail_expected("answers that are not empty");
    words.labels.push_back({label, {{answers[part], {}}}});
  }
  return words;
}

// Rows whose log-probabilities are those of the labels, the parts' summed.
std::vector<RowOutcome> product_of(std::span<const PromptScore> parts) {
  std::vector<RowOutcome> rows = parts.front().rows;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    rows[r].num_forwards = 1;
    for (std::size_t p = 1; p < parts.size(); ++p) {
      const RowOutcome& row = parts[p].rows[r];
      if (row.failure && !rows[r].failure) rows[r].failure = row.failure;
      if (rows[r].failure) break;
      for (std::size_t k = 0; k < rows[r].log_p.size(); ++k) rows[r].log_p[k] += row.log_p[k];
      rows[r].truncated_tokens = std::max(rows[r].truncated_tokens, row.truncated_tokens);
    }
    if (!rows[r].failure) log_normalise(rows[r].log_p);
  }
  return rows;
}

// Takes the part's prior over the labels off its rows, and judges it again.
void calibrate_rows(Calibration calibration, const Task& task, std::span<const Example> examples,
                    PromptScore& part) {
  if (part.failure) return;
  const MatrixXd calibrated =
      calibrate(calibration, label_log_probs(part.candidate.verbalizer, part.rows));
  for (std::size_t r = 0; r < part.rows.size(); ++r)
    for (std::size_t k = 0; k < task.labels.size(); ++k)
      part.rows[r].log_p[k] =
          calibrated(static_cast<Eigen::Index>(r), static_cast<Eigen::Index>(k));
  part.evaluation =
      evaluate(task.metric, task.labels, part.candidate.verbalizer, examples, part.rows);
}

}  // namespace

Composition read_composition(const std::filesystem::path& file, const Task& task) {
  const Json json = read_json_file(file);
  const JsonReader reader(json, file.string());
  reader.allow_only({"template", "verbalizer", "source"});
  Composition composition;
  composition.tmpl = Template::parse(reader.at("template").string(),
                                     {.fields = task.fields, .any_number_of_masks = true},
                                     reader.at("template").where());
  const std::size_t num_parts = composition.tmpl.num_answer_slots();
  if (num_parts < 2)
    reader.at("template").fail_expected("at least two {mask}, one for each sub-prompt");
  for (const auto& [label, answers] : reader.at("verbalizer").members())
    if (std::find(task.labels.begin(), task.labels.end(), label) == task.labels.end())
      fail(ErrorKind::input, answers.where(), "expected a label of the task, found '", label, "'");
  for (std::size_t part = 0; part < num_parts; ++part)
    composition.parts.push_back(part_of(reader.at("verbalizer"), task, part, num_parts));
  return composition;
}

std::vector<Candidate> sub_prompts(const Composition& composition, const Vocabulary& vocabulary) {
  const auto mask = vocabulary.mask();
  if (!mask)
    fail(ErrorKind::unsupported, "composition",
         "expected a masked language model, found one without a mask token: its text has one "
         "answer slot");
  std::vector<Candidate> prompts;
  for (std::size_t part = 0; part < composition.parts.size(); ++part) {
    std::vector<Piece> pieces;
    std::size_t slot = 0;
    for (const auto& piece : composition.tmpl.pieces()) {
      if (std::holds_alternative<AnswerSlot>(piece) && slot++ != part)
        pieces.emplace_back(FixedTokens{{*mask}});
      else
        pieces.push_back(piece);
    }
    prompts.push_back({Template(std::move(pieces)), composition.parts[part], {}});
  }
  return prompts;
}

CompositionScore score_composition(Scorer& scorer, const Vocabulary& vocabulary, const Task& task,
                                   const Composition& composition,
                                   std::span<const Example> examples, Calibration calibration) {
  CompositionScore score;
  score.parts = score_prompts(scorer, task, sub_prompts(composition, vocabulary), examples, {});
  if (calibration != Calibration::none)
    for (auto& part : score.parts) calibrate_rows(calibration, task, examples, part);
  PromptScore& composed = score.composed;
  composed.candidate = {composition.tmpl, composition.parts.front(), {}};
  composed.metric = task.metric;
  composed.rows = product_of(score.parts);
  composed.evaluations = static_cast<std::int64_t>(examples.size());
  if (const Failure* failure = first_failure(composed.rows))
    composed.failure = failure->reason;
  else
    composed.evaluation =
        evaluate(task.metric, task.labels, composition.parts.front(), examples, composed.rows);
  return score;
}

}  // namespace prospect
