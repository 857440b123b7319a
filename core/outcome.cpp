#include "core/outcome.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>

#include "core/error.h"
#include "core/log_space.h"
#include "core/metric.h"
#include "core/unlabelled.h"

namespace prospect {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

double combine(AnswerCombination combination, std::span<const double> log_p) {
  switch (combination) {
    case AnswerCombination::sum:
      return log_sum_exp(log_p);
    case AnswerCombination::mean: {
      double sum = 0;
      for (const double value : log_p) sum += value;
      return sum / static_cast<double>(log_p.size());
    }
    case AnswerCombination::max: {
      double largest = log_p.front();
      for (const double value : log_p)
        if (std::isnan(value) || value > largest) largest = value;
      return largest;
    }
  }
  return kNaN;
}

// Each label's name as a number when all are numbers, else each label's index.
std::vector<double> numeric_values(std::span<const std::string> labels) {
  std::vector<double> values(labels.size());
  for (std::size_t k = 0; k < labels.size(); ++k) {
    const char* end = labels[k].data() + labels[k].size();
    const auto [stop, code] = std::from_chars(labels[k].data(), end, values[k]);
    if (code != std::errc{} || stop != end || !std::isfinite(values[k])) {
      for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i);
      break;
    }
  }
  return values;
}

// Numbers distinct texts in order of their first appearance.
class Numbering {
 public:
  std::int32_t operator()(const std::string& text) {
    return numbers_.emplace(text, static_cast<std::int32_t>(numbers_.size())).first->second;
  }

 private:
  std::map<std::string, std::int32_t> numbers_;
};

struct Verdict {
  std::int32_t predicted = -1, rank = 0;
};

Verdict judge_row(std::span<const double> log_p, std::size_t gold) {
  const auto num_labels = static_cast<std::int32_t>(log_p.size());
  if (std::any_of(log_p.begin(), log_p.end(), [](double p) { return std::isnan(p); }))
    return {-1, num_labels};
  const auto top = std::max_element(log_p.begin(), log_p.end());
  const bool tied = std::count(log_p.begin(), log_p.end(), *top) > 1;
  const auto not_worse =
      std::count_if(log_p.begin(), log_p.end(), [&](double p) { return p >= log_p[gold]; });
  return {tied ? -1 : static_cast<std::int32_t>(top - log_p.begin()),
          static_cast<std::int32_t>(not_worse)};  // counts gold itself, so from 1
}

double mean(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? kNaN : sum / static_cast<double>(values.size());
}

double worst_class(const Judgement& judgement) {
  std::vector<double> total(judgement.num_labels), right(judgement.num_labels);
  for (std::size_t i = 0; i < judgement.size(); ++i) {
    const auto gold = static_cast<std::size_t>(judgement.gold[i]);
    total[gold] += 1;
    right[gold] += judgement.predicted[i] == judgement.gold[i] ? 1 : 0;
  }
  double worst = kNaN;
  for (std::size_t k = 0; k < total.size(); ++k)
    if (total[k] > 0 && !(right[k] / total[k] >= worst)) worst = right[k] / total[k];
  return worst;
}

}  // namespace

MatrixXd label_log_probs(const Verbalizer& verbalizer, std::span<const RowOutcome> rows,
                         bool normalise) {
  std::size_t num_answers = 0;
  for (const auto& label : verbalizer.labels) {
    if (label.answers.empty())
      fail(ErrorKind::internal, "label_log_probs", "expected at least one answer of label '",
           label.label, "', found none");
    num_answers += label.answers.size();
  }
  const std::size_t num_labels = verbalizer.labels.size();
  MatrixXd result(rows.size(), num_labels);  // [R, K]
  for (std::size_t r = 0; r < rows.size(); ++r) {
    if (rows[r].failure)
      fail(ErrorKind::internal, "label_log_probs", "expected scored rows, found that row ", r,
           " failed: ", rows[r].failure->reason);
    if (rows[r].log_p.size() != num_answers)
      fail(ErrorKind::internal, "label_log_probs", "expected ", num_answers,
           " log-probabilities in row ", r, ", found ", rows[r].log_p.size());
    const std::span<double> labels(result.data() + r * num_labels, num_labels);
    std::size_t first = 0;
    for (std::size_t k = 0; k < num_labels; ++k) {
      const std::size_t count = verbalizer.labels[k].answers.size();
      labels[k] = combine(verbalizer.combination, std::span(rows[r].log_p).subspan(first, count));
      first += count;
    }
    if (normalise) log_normalise(labels);
  }
  return result;
}

Judgement judge(std::span<const std::string> labels, const MatrixXd& label_log_p,
                std::span<const Example> examples) {
  const std::size_t num_labels = labels.size();
  if (static_cast<std::size_t>(label_log_p.rows()) != examples.size() ||
      static_cast<std::size_t>(label_log_p.cols()) != num_labels)
    fail(ErrorKind::internal, "judge", "expected a matrix of ", examples.size(), " x ", num_labels,
         ", found ", label_log_p.rows(), " x ", label_log_p.cols());
  const std::vector<double> values = numeric_values(labels);
  Numbering objects, groups;
  Judgement judgement;
  judgement.num_labels = num_labels;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    const Example& example = examples[i];
    if (example.label < 0 || static_cast<std::size_t>(example.label) >= num_labels)
      fail(ErrorKind::input, "example '" + example.id + "'", "expected one of the task's ",
           num_labels, " labels, found label ", example.label, " ('", example.gold, "')");
    const auto gold = static_cast<std::size_t>(example.label);
    const std::span<const double> row(label_log_p.data() + i * num_labels, num_labels);
    const Verdict verdict = judge_row(row, gold);
    double expected = 0;
    for (std::size_t k = 0; k < num_labels; ++k) expected += std::exp(row[k]) * values[k];

    judgement.gold.push_back(example.label);
    judgement.predicted.push_back(verdict.predicted);
    judgement.rank.push_back(verdict.rank);
    judgement.gold_log_p.push_back(row[gold]);
    judgement.expected.push_back(expected);
    judgement.gold_value.push_back(values[gold]);
    judgement.object.push_back(objects(example.gold));
    judgement.group.push_back(groups(example.group));
  }
  return judgement;
}

Evaluation evaluate(const std::string& metric, std::span<const std::string> labels,
                    const Verbalizer& verbalizer, std::span<const Example> examples,
                    std::span<const RowOutcome> rows) {
  if (are_unlabelled(examples)) return evaluate_unlabelled(verbalizer, rows);
  const Judgement judgement = judge(labels, label_log_probs(verbalizer, rows), examples);
  const MetricValue measured = measure(find_metric(metric), judgement);
  Evaluation evaluation;
  evaluation.value = measured.value;
  evaluation.standard_error = measured.standard_error;
  evaluation.log_likelihood = mean(judgement.gold_log_p);
  evaluation.worst_class = worst_class(judgement);
  evaluation.num_examples = examples.size();
  evaluation.truncated = std::count_if(rows.begin(), rows.end(),
                                       [](const RowOutcome& r) { return r.truncated_tokens > 0; });
  return evaluation;
}

const Failure* first_failure(std::span<const RowOutcome> rows) {
  for (const auto& row : rows)
    if (row.failure) return &*row.failure;
  return nullptr;
}

}  // namespace prospect
