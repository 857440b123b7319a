#include "search/answers/assignment.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace prospect {
namespace {

constexpr double kEndless = std::numeric_limits<double>::infinity();

}  // namespace

AssignmentSearch::AssignmentSearch(const MatrixXd& log_p, std::span<const std::int32_t> labels,
                                   AssignmentObjective objective, std::size_t most)
    : log_p_(log_p), labels_(labels), objective_(objective), most_(most) {}

bool AssignmentSearch::better(const Assignment& a, const Assignment& b) const {
  const bool accuracy_first = objective_ == AssignmentObjective::accuracy;
  const double first_a = accuracy_first ? a.accuracy : a.log_likelihood;
  const double first_b = accuracy_first ? b.accuracy : b.log_likelihood;
  if (first_a != first_b) return first_a > first_b;
  const double second_a = accuracy_first ? a.log_likelihood : a.accuracy;
  const double second_b = accuracy_first ? b.log_likelihood : b.accuracy;
  return second_a != second_b ? second_a > second_b : a.words < b.words;
}

// Puts it in its place among the best, each once.
void AssignmentSearch::keep(Assignment assignment, std::vector<Assignment>& best) const {
  if (best.size() == most_ && !better(assignment, best.back())) return;
  const auto place =
      std::lower_bound(best.begin(), best.end(), assignment,
                       [&](const Assignment& a, const Assignment& b) { return better(a, b); });
  if (place != best.end() && place->words == assignment.words) return;
  best.insert(place, std::move(assignment));
  if (best.size() > most_) best.pop_back();
}

Assignment AssignmentSearch::score(std::vector<std::size_t> words) const {
  Assignment result{std::move(words), 0, 0};
  for (std::size_t r = 0; r < labels_.size(); ++r) {
    const auto row = static_cast<Eigen::Index>(r);
    const auto gold = static_cast<std::size_t>(labels_[r]);
    const double own = log_p_(row, static_cast<Eigen::Index>(result.words[gold]));
    double sum = 0;
    bool is_top = true;
    for (std::size_t label = 0; label < result.words.size(); ++label) {
      const double other = log_p_(row, static_cast<Eigen::Index>(result.words[label]));
      sum += std::exp(other - own);
      is_top = is_top && (label == gold || other < own);
    }
    result.accuracy += is_top ? 1 : 0;
    result.log_likelihood -= std::log(sum);
  }
  result.accuracy /= static_cast<double>(labels_.size());
  result.log_likelihood /= static_cast<double>(labels_.size());
  return result;
}

std::vector<Assignment> AssignmentSearch::enumerate(const RankedWords& lists) const {
  std::vector<Assignment> best;
  if (std::any_of(lists.begin(), lists.end(), [](const auto& list) { return list.empty(); }))
    return best;
  std::vector<std::size_t> digits(lists.size()), words(lists.size());
  while (true) {
    for (std::size_t label = 0; label < lists.size(); ++label)
      words[label] = lists[label][digits[label]];
    auto sorted = words;
    std::sort(sorted.begin(), sorted.end());
    if (std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end()) keep(score(words), best);
    std::size_t label = lists.size();
    while (label > 0 && ++digits[label - 1] == lists[label - 1].size()) digits[--label] = 0;
    if (label == 0) return best;
  }
}

// A label's word replaced, scored by what the others give: R look-ups instead of R K.
Assignment AssignmentSearch::with_word(const Assignment& present, std::size_t label,
                                       std::size_t word, const OtherWords& others) const {
  Assignment next{present.words, 0, 0};
  next.words[label] = word;
  const auto num_rows = static_cast<Eigen::Index>(labels_.size());
  for (Eigen::Index r = 0; r < num_rows; ++r) {
    const double mine = log_p_(r, static_cast<Eigen::Index>(word));
    const auto gold = static_cast<std::size_t>(labels_[static_cast<std::size_t>(r)]);
    const double own =
        gold == label ? mine : log_p_(r, static_cast<Eigen::Index>(present.words[gold]));
    // The largest of the others is gold's own where gold is among them.
    const bool is_top =
        gold == label ? mine > others.largest(r) : own >= others.largest(r) && own > mine;
    next.accuracy += is_top ? 1 : 0;
    next.log_likelihood += own - std::log(others.sum(r) + std::exp(mine));
  }
  next.accuracy /= static_cast<double>(num_rows);
  next.log_likelihood /= static_cast<double>(num_rows);
  return next;
}

AssignmentSearch::OtherWords AssignmentSearch::without(const std::vector<std::size_t>& words,
                                                       std::size_t label) const {
  const auto num_rows = static_cast<Eigen::Index>(labels_.size());
  OtherWords others{VectorXd::Zero(num_rows), VectorXd::Constant(num_rows, -kEndless)};
  for (std::size_t other = 0; other < words.size(); ++other) {
    if (other == label) continue;
    const auto column = log_p_.col(static_cast<Eigen::Index>(words[other]));
    others.sum.array() += column.array().exp();
    others.largest = others.largest.cwiseMax(column);
  }
  return others;
}

std::vector<Assignment> AssignmentSearch::ascend(const RankedWords& lists,
                                                 std::vector<std::size_t> start,
                                                 std::int64_t sweeps) const {
  std::vector<Assignment> best;
  Assignment present = score(std::move(start));
  keep(present, best);
  bool changed = true;
  for (std::int64_t sweep = 0; sweep < sweeps && changed; ++sweep) {
    changed = false;
    for (std::size_t label = 0; label < lists.size(); ++label) {
      const OtherWords others = without(present.words, label);
      Assignment top = present;
      for (const std::size_t word : lists[label]) {
        const auto& taken = present.words;
        if (std::find(taken.begin(), taken.end(), word) != taken.end()) continue;
        Assignment next = with_word(present, label, word, others);
        if (better(next, top)) top = next;
        keep(std::move(next), best);
      }
      changed = changed || top.words != present.words;
      present = std::move(top);
    }
  }
  return best;
}

std::vector<std::size_t> best_distinct(const MatrixXd& gains) {
  // Potentials of rows and columns; column 0 is the free one that an augmenting path starts at.
  const auto num_rows = static_cast<std::size_t>(gains.rows());
  const auto num_columns = static_cast<std::size_t>(gains.cols());
  std::vector<double> of_row(num_rows + 1), of_column(num_columns + 1);
  std::vector<std::size_t> row_of(num_columns + 1), before(num_columns + 1);
  for (std::size_t row = 1; row <= num_rows; ++row) {
    row_of[0] = row;
    std::size_t column = 0;
    std::vector<double> least(num_columns + 1, kEndless);
    std::vector<bool> visited(num_columns + 1);
    while (row_of[column] != 0) {
      visited[column] = true;
      const std::size_t at = row_of[column];
      double delta = kEndless;
      std::size_t next = 0;
      for (std::size_t c = 1; c <= num_columns; ++c) {
        if (visited[c]) continue;
        const double cost =
            -gains(static_cast<Eigen::Index>(at - 1), static_cast<Eigen::Index>(c - 1)) -
            of_row[at] - of_column[c];
        if (cost < least[c]) {
          least[c] = cost;
          before[c] = column;
        }
        if (least[c] < delta) {
          delta = least[c];
          next = c;
        }
      }
      for (std::size_t c = 0; c <= num_columns; ++c) {
        if (visited[c]) {
          of_row[row_of[c]] += delta;
          of_column[c] -= delta;
        } else {
          least[c] -= delta;
        }
      }
      column = next;
    }
    while (column != 0) {  // the path, back to the free column
      row_of[column] = row_of[before[column]];
      column = before[column];
    }
  }
  std::vector<std::size_t> chosen(num_rows);
  for (std::size_t c = 1; c <= num_columns; ++c)
    if (row_of[c] != 0) chosen[row_of[c] - 1] = c - 1;
  return chosen;
}

}  // namespace prospect
