#include "core/calibration.h"

#include <cmath>
#include <limits>
#include <vector>

#include "core/detail/named_values.h"
#include "core/error.h"
#include "core/log_space.h"
#include "core/outcome.h"

namespace prospect {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

constexpr Named<Calibration> kCalibrations[] = {{Calibration::none, "none"},
                                                {Calibration::contextual, "contextual"},
                                                {Calibration::batch, "batch"},
                                                {Calibration::domain_pmi, "domain_pmi"}};

// log(p / prior), where impossible / impossible is impossible.
double quotient(double log_p, double log_prior) {
  if (log_prior == -kInfinity)
    return log_p == -kInfinity ? log_p : std::numeric_limits<double>::quiet_NaN();
  return log_p - log_prior;
}

}  // namespace

std::string_view name_of(Calibration calibration) {
  return name_in(kCalibrations, calibration);
}

Calibration calibration_from_json(const JsonReader& reader) {
  return value_in(kCalibrations, reader);
}

VectorXd mean_log_prior(const MatrixXd& label_log_p) {
  if (label_log_p.rows() == 0)
    fail(ErrorKind::internal, "mean_log_prior", "expected at least one row, found none");
  VectorXd prior(label_log_p.cols());
  std::vector<double> column(static_cast<std::size_t>(label_log_p.rows()));
  for (Eigen::Index k = 0; k < label_log_p.cols(); ++k) {
    for (Eigen::Index r = 0; r < label_log_p.rows(); ++r)
      column[static_cast<std::size_t>(r)] = label_log_p(r, k);
    prior[k] = log_sum_exp(column) - std::log(static_cast<double>(column.size()));
  }
  return prior;
}

MatrixXd without_prior(const MatrixXd& label_log_p, const VectorXd& log_prior) {
  if (label_log_p.cols() != log_prior.size())
    fail(ErrorKind::internal, "without_prior", "expected a prior of ", label_log_p.cols(),
         " labels, found ", log_prior.size());
  MatrixXd result(label_log_p.rows(), label_log_p.cols());
  const auto num_labels = static_cast<std::size_t>(result.cols());
  for (Eigen::Index r = 0; r < result.rows(); ++r) {
    for (Eigen::Index k = 0; k < result.cols(); ++k)
      result(r, k) = quotient(label_log_p(r, k), log_prior[k]);
    log_normalise({result.data() + static_cast<std::size_t>(r) * num_labels, num_labels});
  }
  return result;
}

MatrixXd calibrate(Calibration calibration, const MatrixXd& label_log_p,
                   const MatrixXd& reference) {
  switch (calibration) {
    case Calibration::none:
      return label_log_p;
    case Calibration::contextual:
      return without_prior(label_log_p, mean_log_prior(reference));
    case Calibration::batch:
      if (label_log_p.rows() == 0) return label_log_p;
      return without_prior(label_log_p, mean_log_prior(label_log_p));
    case Calibration::domain_pmi:
      if (reference.rows() != 1)
        fail(ErrorKind::internal, "calibrate", "expected one row of the domain premise, found ",
             reference.rows());
      return without_prior(label_log_p, reference.row(0).transpose());
  }
  return label_log_p;
}

std::vector<Example> content_free_examples(Calibration calibration,
                                           std::span<const std::string> fields) {
  std::vector<std::string> texts;
  if (calibration == Calibration::contextual) texts = {"N/A", "[MASK]", ""};
  if (calibration == Calibration::domain_pmi) texts = {""};
  std::vector<Example> examples;
  for (const auto& text : texts) {
    Example& example = examples.emplace_back();
    example.id = "content-free: '" + text + "'";
    for (const auto& field : fields) example.fields[field] = text;
  }
  return examples;
}

std::vector<RowOutcome> calibrated(Calibration calibration, const Verbalizer& verbalizer,
                                   std::vector<RowOutcome> rows,
                                   std::span<const RowOutcome> content_free) {
  if (calibration == Calibration::none || rows.empty()) return rows;
  const VectorXd prior = mean_log_prior(label_log_probs(
      verbalizer,
      calibration == Calibration::batch ? std::span<const RowOutcome>(rows) : content_free));
  for (auto& row : rows) {
    std::size_t next = 0;
    for (std::size_t k = 0; k < verbalizer.labels.size(); ++k)
      for (std::size_t a = 0; a < verbalizer.labels[k].answers.size(); ++a, ++next)
        row.log_p[next] = quotient(row.log_p[next], prior[static_cast<Eigen::Index>(k)]);
    log_normalise(row.log_p);
  }
  return rows;
}

}  // namespace prospect
