#include "experiments/prompt_score.h"

#include <limits>

namespace prospect {
namespace {

PromptScore judge_rows(const Candidate& candidate, const Task& task,
                       std::span<const Example> examples, std::vector<RowOutcome> rows,
                       Calibration calibration, std::span<const RowOutcome> content_free) {
  PromptScore score{candidate, task.metric, {}, std::move(rows), 0, {}, calibration};
  for (const auto& row : score.rows) score.evaluations += row.num_forwards;
  for (const auto& row : content_free) score.evaluations += row.num_forwards;
  if (const Failure* failure = first_failure(score.rows)) {
    score.failure = failure->reason;
  } else if (const Failure* fault = first_failure(content_free)) {
    score.failure = "on a content-free input: " + fault->reason;
  } else {
    score.rows = calibrated(calibration, candidate.verbalizer, std::move(score.rows), content_free);
    score.evaluation =
        evaluate(task.metric, task.labels, candidate.verbalizer, examples, score.rows);
  }
  return score;
}

// Of every candidate on every example, in order.
std::vector<std::vector<RowOutcome>> score_all(Scorer& scorer, std::span<const Candidate> ready,
                                               std::span<const Example> examples,
                                               const ScoringSpec& spec) {
  std::vector<Row> rows;
  for (std::uint32_t c = 0; c < ready.size(); ++c)
    for (std::uint32_t e = 0; e < examples.size(); ++e) rows.push_back({c, e});
  auto outcomes =
      rows.empty() ? std::vector<RowOutcome>() : scorer.score({ready, examples, {}, rows, spec});
  std::vector<std::vector<RowOutcome>> result(ready.size());
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    result[i / examples.size()].push_back(std::move(outcomes[i]));
  return result;
}

Json label_or_null(const std::vector<std::string>& labels, std::int32_t index) {
  if (index < 0) return nullptr;
  return labels.at(static_cast<std::size_t>(index));
}

}  // namespace

std::vector<PromptScore> score_prompts(Scorer& scorer, const Task& task,
                                       std::span<const Candidate> candidates,
                                       std::span<const Example> examples, const ScoringSpec& spec,
                                       Calibration calibration) {
  std::vector<Candidate> ready;
  for (const auto& candidate : candidates) ready.push_back(with_demonstrations(candidate, task));
  auto outcomes = score_all(scorer, ready, examples, spec);
  const auto content_free =
      score_all(scorer, ready, content_free_examples(calibration, task.fields), spec);

  std::vector<PromptScore> scores;
  for (std::size_t c = 0; c < candidates.size(); ++c)
    scores.push_back(judge_rows(candidates[c], task, examples, std::move(outcomes[c]), calibration,
                                content_free[c]));
  return scores;
}

Json to_json(const PromptScore& score) {
  Json json{{"template", score.candidate.tmpl.text()},
            {"verbalizer", to_json(score.candidate.verbalizer)},
            {"n", score.rows.size()},
            {"evaluations", score.evaluations},
            {"calibration", name_of(score.calibration)},
            {"truncated", score.evaluation.truncated},
            {"failure", nullptr}};
  if (score.failure) {
    json["failure"] = *score.failure;
    json["metric"] = {{"name", score.metric}, {"value", nullptr}, {"se", nullptr}};
    json["log_likelihood"] = nullptr;
    return json;
  }
  json["metric"] = {{"name", score.metric},
                    {"value", score.evaluation.value},
                    {"se", score.evaluation.standard_error}};
  json["log_likelihood"] = score.evaluation.log_likelihood;
  return json;
}

std::string outcome_lines(const PromptScore& score, const Task& task,
                          std::span<const Example> examples, const ScoringSpec& spec) {
  std::string lines;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    const RowOutcome& row = score.rows[i];
    Json line{{"id", examples[i].id},
              {"label", label_or_null(task.labels, examples[i].label)},
              {"predicted", nullptr},
              {"log_probs", nullptr},
              {"template", score.candidate.tmpl.text()}};
    if (row.failure) {
      line["failure"] = row.failure->reason;
    } else {
      const Verbalizer& verbalizer = score.candidate.verbalizer;
      const MatrixXd normalised = label_log_probs(verbalizer, std::span(&row, 1));  // [1, K]
      const Judgement judgement = judge(task.labels, normalised, examples.subspan(i, 1));
      line["predicted"] = label_or_null(task.labels, judgement.predicted.front());
      const MatrixXd shown =
          label_log_probs(verbalizer, std::span(&row, 1), spec.space == AnswerSpace::labels);
      line["log_probs"] = Json::object();
      for (std::size_t k = 0; k < task.labels.size(); ++k)
        line["log_probs"][task.labels[k]] = shown(0, static_cast<Eigen::Index>(k));
    }
    lines += dump_json(line) + "\n";
  }
  return lines;
}

GroupedValue over_groups(std::span<const PromptScore> scores) {
  GroupedValue result;
  double micro = 0, macro = 0;
  for (const auto& score : scores) {
    micro += score.evaluation.value * static_cast<double>(score.rows.size());
    macro += score.evaluation.value;
    result.num_examples += score.rows.size();
  }
  result.num_groups = scores.size();
  const double none = std::numeric_limits<double>::quiet_NaN();
  result.micro = scores.empty() ? none : micro / static_cast<double>(result.num_examples);
  result.macro = scores.empty() ? none : macro / static_cast<double>(result.num_groups);
  return result;
}

}  // namespace prospect
