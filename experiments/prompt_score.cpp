#include "experiments/prompt_score.h"

#include <limits>

namespace prospect {
namespace {

PromptScore judge_rows(const Candidate& candidate, const Task& task,
                       std::span<const Example> examples, std::vector<RowOutcome> rows) {
  PromptScore score{candidate, task.metric, {}, std::move(rows), 0, {}};
  for (const auto& row : score.rows) score.evaluations += row.num_forwards;
  if (const Failure* failure = first_failure(score.rows))
    score.failure = failure->reason;
  else
    score.evaluation =
        evaluate(task.metric, task.labels, candidate.verbalizer, examples, score.rows);
  return score;
}

Json label_or_null(const std::vector<std::string>& labels, std::int32_t index) {
  if (index < 0) return nullptr;
  return labels.at(static_cast<std::size_t>(index));
}

}  // namespace

std::vector<PromptScore> score_prompts(Scorer& scorer, const Task& task,
                                       std::span<const Candidate> candidates,
                                       std::span<const Example> examples, const ScoringSpec& spec) {
  std::vector<Candidate> ready;
  for (const auto& candidate : candidates) ready.push_back(with_demonstrations(candidate, task));
  std::vector<Row> rows;
  for (std::uint32_t c = 0; c < ready.size(); ++c)
    for (std::uint32_t e = 0; e < examples.size(); ++e) rows.push_back({c, e});
  auto outcomes = scorer.score({ready, examples, {}, rows, spec});

  std::vector<PromptScore> scores;
  for (std::size_t c = 0; c < candidates.size(); ++c) {
    const auto begin = outcomes.begin() + static_cast<std::ptrdiff_t>(c * examples.size());
    const auto end = begin + static_cast<std::ptrdiff_t>(examples.size());
    scores.push_back(judge_rows(
        candidates[c], task, examples,
        std::vector<RowOutcome>(std::make_move_iterator(begin), std::make_move_iterator(end))));
  }
  return scores;
}

Json to_json(const PromptScore& score) {
  Json json{{"template", score.candidate.tmpl.text()},
            {"verbalizer", to_json(score.candidate.verbalizer)},
            {"n", score.rows.size()},
            {"evaluations", score.evaluations},
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
