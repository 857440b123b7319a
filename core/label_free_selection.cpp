#include "core/label_free_selection.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/detail/named_values.h"
#include "core/error.h"

namespace prospect {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
constexpr double kLengthExponent = 0.2;  // [davison2019]

constexpr Named<LabelFree> kNames[] = {
    {LabelFree::ge, "ge"},       {LabelFree::ge_m, "ge_m"}, {LabelFree::le, "le"},
    {LabelFree::mdl_m, "mdl_m"}, {LabelFree::mi, "mi"},     {LabelFree::mi_g, "mi_g"},
    {LabelFree::mdl, "mdl"},     {LabelFree::mi_l, "mi_l"}, {LabelFree::mi_gl, "mi_gl"},
    {LabelFree::zlp, "zlp"},     {LabelFree::zpm, "zpm"},   {LabelFree::zmv, "zmv"}};

constexpr LabelFree kAll[] = {LabelFree::ge,    LabelFree::ge_m, LabelFree::le,  LabelFree::mdl_m,
                              LabelFree::mi,    LabelFree::mi_g, LabelFree::mdl, LabelFree::mi_l,
                              LabelFree::mi_gl, LabelFree::zlp,  LabelFree::zpm, LabelFree::zmv};

bool is_undefined(const MatrixXd& log_p) {
  return log_p.array().isNaN().any();
}

// Of probabilities.
double entropy(const VectorXd& p) {
  double sum = 0;
  for (Eigen::Index k = 0; k < p.size(); ++k)
    if (p[k] > 0) sum -= p[k] * std::log(p[k]);
  return sum;
}

// Of each input's answers. [X]
VectorXd entropies(const MatrixXd& log_p) {
  VectorXd result(log_p.rows());
  for (Eigen::Index x = 0; x < log_p.rows(); ++x)
    result[x] = entropy(log_p.row(x).array().exp().matrix().transpose());
  return result;
}

// The labels that share the highest number of a row.
std::vector<Eigen::Index> best_labels(const Eigen::Ref<const Eigen::RowVectorXd>& row) {
  const double most = row.maxCoeff();
  std::vector<Eigen::Index> labels;
  for (Eigen::Index k = 0; k < row.size(); ++k)
    if (row[k] == most) labels.push_back(k);
  return labels;
}

// One-hot of each input's answer. [X, K]
MatrixXd one_hot(const MatrixXd& log_p) {
  MatrixXd result = MatrixXd::Zero(log_p.rows(), log_p.cols());
  for (Eigen::Index x = 0; x < log_p.rows(); ++x) {
    const auto labels = best_labels(log_p.row(x));
    for (const auto k : labels) result(x, k) = 1.0 / static_cast<double>(labels.size());
  }
  return result;
}

double entropy_of_mean(const MatrixXd& p) {
  return entropy(p.colwise().mean().transpose());
}

double global_entropy(const MatrixXd& log_p, bool of_answers) {
  return entropy_of_mean(of_answers ? one_hot(log_p) : MatrixXd(log_p.array().exp()));
}

// What the templates answer together: for each input the label that is theirs alone, or -1. [X]
std::vector<Eigen::Index> common_answers(LabelFree criterion, std::span<const MatrixXd> scores) {
  MatrixXd sum = MatrixXd::Zero(scores.front().rows(), scores.front().cols());
  for (const auto& log_p : scores) {
    if (is_undefined(log_p)) continue;
    if (criterion == LabelFree::zlp)
      sum += log_p;
    else
      sum += criterion == LabelFree::zpm ? MatrixXd(log_p.array().exp()) : one_hot(log_p);
  }
  std::vector<Eigen::Index> answers;
  for (Eigen::Index x = 0; x < sum.rows(); ++x) {
    const auto labels = best_labels(sum.row(x));
    answers.push_back(labels.size() == 1 ? labels.front() : Eigen::Index{-1});
  }
  return answers;
}

double share_answered_as(const std::vector<Eigen::Index>& answers, const MatrixXd& log_p) {
  double count = 0;
  for (Eigen::Index x = 0; x < log_p.rows(); ++x) {
    const auto labels = best_labels(log_p.row(x));
    if (labels.size() == 1 && labels.front() == answers[static_cast<std::size_t>(x)]) ++count;
  }
  return count / static_cast<double>(log_p.rows());
}

double task_score(LabelFree criterion, const MatrixXd& log_p) {
  switch (criterion) {
    case LabelFree::ge:
      return global_entropy(log_p, true);
    case LabelFree::ge_m:
      return global_entropy(log_p, false);
    case LabelFree::le:
      return entropies(log_p).mean();
    case LabelFree::mdl_m:
      return -entropies(log_p).mean();
    case LabelFree::mi:
      return global_entropy(log_p, false) - entropies(log_p).mean();
    default:
      return global_entropy(log_p, true) - entropies(log_p).mean();  // mi_g
  }
}

VectorXd input_scores(LabelFree criterion, const MatrixXd& log_p) {
  const double shift =
      criterion == LabelFree::mdl ? 0 : global_entropy(log_p, criterion == LabelFree::mi_gl);
  return shift - entropies(log_p).array();
}

void check_sizes(std::span<const MatrixXd> scores, const char* where) {
  if (scores.empty() || scores.front().size() == 0)
    fail(ErrorKind::internal, where, "expected templates, inputs and labels, found none");
  for (const auto& log_p : scores)
    if (log_p.rows() != scores.front().rows() || log_p.cols() != scores.front().cols())
      fail(ErrorKind::internal, where, "expected ", scores.front().rows(), " x ",
           scores.front().cols(), " numbers of each template, found ", log_p.rows(), " x ",
           log_p.cols());
}

}  // namespace

std::string_view name_of(LabelFree criterion) {
  return name_in(kNames, criterion);
}

std::span<const LabelFree> label_free_criteria() {
  return kAll;
}

bool is_per_input(LabelFree criterion) {
  return criterion == LabelFree::mdl || criterion == LabelFree::mi_l ||
         criterion == LabelFree::mi_gl;
}

MatrixXd label_free_scores(LabelFree criterion, std::span<const MatrixXd> scores) {
  check_sizes(scores, "label_free_scores");
  const auto num_templates = static_cast<Eigen::Index>(scores.size());
  const bool by_input = is_per_input(criterion);
  MatrixXd result =
      MatrixXd::Constant(num_templates, by_input ? scores.front().rows() : 1, kUndefined);
  const bool by_company =
      criterion == LabelFree::zlp || criterion == LabelFree::zpm || criterion == LabelFree::zmv;
  const auto answers = by_company ? common_answers(criterion, scores) : std::vector<Eigen::Index>{};
  for (Eigen::Index t = 0; t < num_templates; ++t) {
    const MatrixXd& log_p = scores[static_cast<std::size_t>(t)];
    if (is_undefined(log_p)) continue;
    if (by_input)
      result.row(t) = input_scores(criterion, log_p).transpose();
    else
      result(t, 0) = by_company ? share_answered_as(answers, log_p) : task_score(criterion, log_p);
  }
  return result;
}

std::vector<std::size_t> choose_template(LabelFree criterion, std::span<const MatrixXd> scores) {
  const MatrixXd values = label_free_scores(criterion, scores);
  std::vector<std::size_t> chosen;
  for (Eigen::Index x = 0; x < scores.front().rows(); ++x) {
    const Eigen::Index column = values.cols() == 1 ? 0 : x;
    Eigen::Index best = 0;
    for (Eigen::Index t = 1; t < values.rows(); ++t)
      if (values(t, column) > values(best, column) || std::isnan(values(best, column))) best = t;
    chosen.push_back(static_cast<std::size_t>(best));
  }
  return chosen;
}

std::vector<double> rank_scores(LabelFree criterion, std::span<const MatrixXd> scores) {
  const MatrixXd values = label_free_scores(criterion, scores);
  std::vector<double> result;
  for (Eigen::Index t = 0; t < values.rows(); ++t) result.push_back(values.row(t).mean());
  return result;
}

ScoreArray calibrate_all(Calibration calibration, std::span<const MatrixXd> scores,
                         std::span<const MatrixXd> references) {
  ScoreArray result;
  for (std::size_t t = 0; t < scores.size(); ++t)
    result.push_back(
        calibrate(calibration, scores[t], references.empty() ? MatrixXd{} : references[t]));
  return result;
}

MatrixXd answers_of(std::span<const std::size_t> chosen, std::span<const MatrixXd> answers) {
  check_sizes(answers, "answers_of");
  MatrixXd result(static_cast<Eigen::Index>(chosen.size()), answers.front().cols());
  for (Eigen::Index x = 0; x < result.rows(); ++x)
    result.row(x) = answers[chosen[static_cast<std::size_t>(x)]].row(x);
  return result;
}

double mean_perplexity(std::span<const double> log_p, std::span<const std::size_t> num_tokens) {
  if (log_p.empty()) return kUndefined;
  double sum = 0;
  for (std::size_t i = 0; i < log_p.size(); ++i)
    sum += std::exp(-log_p[i] / static_cast<double>(num_tokens[i]));
  return sum / static_cast<double>(log_p.size());
}

double coherency(double log_p, std::size_t num_tokens) {
  return log_p / std::pow(static_cast<double>(num_tokens), kLengthExponent);
}

}  // namespace prospect
