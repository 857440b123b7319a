#include "core/ensemble.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/error.h"
#include "core/log_space.h"
#include "core/outcome.h"

namespace prospect {
namespace {

// Log-probabilities of one row of every member, the members of weight 0 left out. [M, K]
struct MemberRow {
  std::vector<double> weights;
  std::vector<std::span<const double>> log_p;
};

std::vector<double> linear(const MemberRow& row, std::size_t num_labels) {
  std::vector<double> result(num_labels), terms(row.weights.size());
  for (std::size_t k = 0; k < num_labels; ++k) {
    for (std::size_t m = 0; m < terms.size(); ++m)
      terms[m] = std::log(row.weights[m]) + row.log_p[m][k];
    result[k] = log_sum_exp(terms);
  }
  return result;
}

std::vector<double> log_linear(const MemberRow& row, std::size_t num_labels) {
  std::vector<double> result(num_labels);
  for (std::size_t m = 0; m < row.weights.size(); ++m)
    for (std::size_t k = 0; k < num_labels; ++k) result[k] += row.weights[m] * row.log_p[m][k];
  log_normalise(result);
  return result;
}

std::vector<double> vote(const MemberRow& row, std::size_t num_labels) {
  std::vector<double> result = log_linear(row, num_labels);
  const auto num_members = static_cast<double>(row.weights.size());
  for (double& value : result) value = std::exp(value);
  for (std::size_t m = 0; m < row.weights.size(); ++m) {
    const auto& log_p = row.log_p[m];
    const auto top = std::max_element(log_p.begin(), log_p.end());
    if (std::count(log_p.begin(), log_p.end(), *top) == 1)
      result[static_cast<std::size_t>(top - log_p.begin())] += num_members * row.weights[m];
  }
  for (double& value : result) value = std::log(value);
  log_normalise(result);
  return result;
}

// The weights, which sum to one.
std::vector<double> shares(std::span<const double> weights) {
  double sum = 0;
  for (const double weight : weights) {
    if (!(weight >= 0) || !std::isfinite(weight))
      fail(ErrorKind::internal, "mix", "expected weights of at least 0, found ", weight);
    sum += weight;
  }
  if (!(sum > 0)) fail(ErrorKind::internal, "mix", "expected a weight above 0, found none");
  std::vector<double> result(weights.begin(), weights.end());
  for (double& weight : result) weight /= sum;
  return result;
}

void check_sizes(std::span<const double> weights, std::span<const MatrixXd> members) {
  if (members.empty() || members.size() != weights.size())
    fail(ErrorKind::internal, "mix", "expected a weight for each member, found ", weights.size(),
         " for ", members.size());
  for (const auto& member : members)
    if (member.rows() != members.front().rows() || member.cols() != members.front().cols())
      fail(ErrorKind::internal, "mix", "expected members of ", members.front().rows(), " x ",
           members.front().cols(), ", found ", member.rows(), " x ", member.cols());
}

}  // namespace

MatrixXd mix(Combiner combiner, std::span<const double> weights,
             std::span<const MatrixXd> members) {
  check_sizes(weights, members);
  const std::vector<double> share = shares(weights);
  MatrixXd result(members.front().rows(), members.front().cols());
  const auto num_labels = static_cast<std::size_t>(result.cols());
  for (Eigen::Index r = 0; r < result.rows(); ++r) {
    MemberRow row;
    bool is_number = true;
    for (std::size_t m = 0; m < members.size(); ++m) {
      if (share[m] == 0) continue;
      row.weights.push_back(share[m]);
      row.log_p.emplace_back(members[m].data() + static_cast<std::size_t>(r) * num_labels,
                             num_labels);
      for (const double value : row.log_p.back()) is_number = is_number && !std::isnan(value);
    }
    std::vector<double> mixed(num_labels, std::numeric_limits<double>::quiet_NaN());
    if (is_number)
      mixed = combiner == Combiner::linear       ? linear(row, num_labels)
              : combiner == Combiner::log_linear ? log_linear(row, num_labels)
                                                 : vote(row, num_labels);
    std::copy(mixed.begin(), mixed.end(), result.data() + static_cast<std::size_t>(r) * num_labels);
  }
  return result;
}

std::vector<RowOutcome> mixed_rows(const Ensemble& ensemble,
                                   std::span<const std::vector<RowOutcome>> members) {
  if (members.size() != ensemble.members.size())
    fail(ErrorKind::internal, "mixed_rows", "expected rows of ", ensemble.members.size(),
         " members, found ", members.size());
  std::vector<MatrixXd> label_log_p;
  for (std::size_t m = 0; m < members.size(); ++m)
    label_log_p.push_back(label_log_probs(ensemble.members[m].verbalizer, members[m]));
  const MatrixXd mixed = mix(ensemble.combiner, ensemble.weights, label_log_p);
  std::vector<RowOutcome> rows(members.front().size());
  for (std::size_t r = 0; r < rows.size(); ++r) {
    RowOutcome& row = rows[r];
    const auto at = static_cast<Eigen::Index>(r);
    row.log_p.assign(mixed.row(at).begin(), mixed.row(at).end());
    row.coverage = std::numeric_limits<double>::quiet_NaN();
    row.num_forwards = 0;
    for (const auto& member : members) {
      row.num_forwards += member[r].num_forwards;
      row.truncated_tokens = std::max(row.truncated_tokens, member[r].truncated_tokens);
    }
  }
  return rows;
}

Verbalizer outcome_verbalizer(const Entry& entry) {
  if (const auto* candidate = std::get_if<Candidate>(&entry)) return candidate->verbalizer;
  const std::vector<Candidate> parts = parts_of(entry);
  Verbalizer names;
  for (const auto& label : parts.at(0).verbalizer.labels)
    names.labels.push_back({label.label, {{label.label, {}}}});
  return names;
}

std::vector<Candidate> parts_of(const Entry& entry) {
  if (const auto* candidate = std::get_if<Candidate>(&entry)) return {*candidate};
  if (const auto* soft = std::get_if<SoftPrompt>(&entry)) return {soft->frame};
  return std::get<Ensemble>(entry).members;
}

}  // namespace prospect
