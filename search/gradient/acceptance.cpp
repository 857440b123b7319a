#include "search/gradient/acceptance.h"

#include <algorithm>
#include <cmath>

#include "core/outcome.h"

namespace prospect {
namespace {

// -(1/a) log mean exp(-a log p): below the mean, nearer to the worst example the larger a is.
double soft_worst(const std::vector<double>& log_p, double a) {
  const double worst = *std::min_element(log_p.begin(), log_p.end());
  if (!std::isfinite(worst)) return worst;
  double sum = 0;
  for (const double value : log_p) sum += std::exp(-a * (value - worst));
  return worst - std::log(sum / static_cast<double>(log_p.size())) / a;
}

// Mean lead of the gold label over the best wrong one, by index and not by value.
double mean_margin(const MatrixXd& label_log_p, const std::vector<std::int32_t>& gold) {
  double sum = 0;
  for (std::size_t i = 0; i < gold.size(); ++i) {
    const auto row = static_cast<Eigen::Index>(i);
    double wrong = kUnscored;
    for (Eigen::Index k = 0; k < label_log_p.cols(); ++k)
      if (k != gold[i]) wrong = std::max(wrong, label_log_p(row, k));
    sum += label_log_p(row, gold[i]) - wrong;
  }
  return sum / static_cast<double>(gold.size());
}

}  // namespace

Contender contender_of(const GradientSearchOptions& options, const Task& task, const Trial& trial) {
  Contender contender{.candidate = std::get<Candidate>(trial.entry), .trial = trial.id};
  if (trial.status != Status::scored) return contender;
  const std::vector<Example> examples = examples_of(trial.outcome, task);
  const MatrixXd label_log_p = label_log_probs(contender.candidate.verbalizer, trial.outcome.rows);
  const Judgement judged = judge(task.labels, label_log_p, examples);
  contender.gold_log_p = judged.gold_log_p;
  contender.all_right = !examples.empty() && judged.predicted == judged.gold;

  double score = trial.evaluation.value;
  if (options.objective != "metric") {
    score = trial.evaluation.log_likelihood;  // a NaN here stays one
    if (!std::isnan(score) && !examples.empty()) {
      if (options.objective == "margin")
        score = mean_margin(label_log_p, judged.gold);
      else if (options.mellowmax > 0)
        score = soft_worst(judged.gold_log_p, options.mellowmax);
    }
  }
  if (!std::isnan(score)) contender.score = score;
  return contender;
}

bool accepts(const GradientSearchOptions& options, const std::optional<Contender>& incumbent,
             const Contender& swap) {
  if (swap.score == kUnscored) return false;
  if (options.acceptance == "always" || !incumbent) return true;
  if (swap.score <= incumbent->score) return false;
  return options.acceptance != "significant" || incumbent->score == kUnscored ||
         paired_lead(swap.gold_log_p, incumbent->gold_log_p) > options.confidence;
}

}  // namespace prospect
