#include "search/answers/word_choice.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "search/detail/scored.h"

namespace prospect {
namespace {

std::vector<std::size_t> best_words(const Eigen::Ref<const Eigen::RowVectorXd>& scores,
                                    std::size_t most) {
  std::vector<std::size_t> order;
  for (Eigen::Index w = 0; w < scores.size(); ++w)
    if (scores(w) > kUnscored) order.push_back(static_cast<std::size_t>(w));
  const std::size_t size = std::min(most, order.size());
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(size), order.end(),
                    [&](std::size_t a, std::size_t b) {
                      const double left = scores(static_cast<Eigen::Index>(a));
                      const double right = scores(static_cast<Eigen::Index>(b));
                      return left != right ? left > right : a < b;
                    });
  order.resize(size);
  return order;
}

}  // namespace

RankedWords ranking(const MatrixXd& scores, std::size_t most) {
  RankedWords ranked;
  for (Eigen::Index label = 0; label < scores.rows(); ++label)
    ranked.push_back(best_words(scores.row(label), most));
  return ranked;
}

RankedWords distinct_ranking(const MatrixXd& scores, std::size_t most) {
  MatrixXd own = MatrixXd::Constant(scores.rows(), scores.cols(), kUnscored);
  for (Eigen::Index w = 0; w < scores.cols(); ++w) {
    Eigen::Index label = 0;
    const double best = scores.col(w).maxCoeff(&label);
    if (!std::isnan(best)) own(label, w) = best;
  }
  return ranking(own, most);
}

MatrixXd scores_within(const MatrixXd& scores, const RankedWords& lists) {
  MatrixXd within = MatrixXd::Constant(scores.rows(), scores.cols(), kUnscored);
  for (std::size_t label = 0; label < lists.size(); ++label)
    for (const std::size_t word : lists[label]) {
      const auto row = static_cast<Eigen::Index>(label), column = static_cast<Eigen::Index>(word);
      within(row, column) = scores(row, column);
    }
  return within;
}

MatrixXd label_means(const MatrixXd& rows, std::span<const std::int32_t> labels,
                     std::size_t num_labels) {
  MatrixXd means = MatrixXd::Zero(static_cast<Eigen::Index>(num_labels), rows.cols());
  std::vector<double> counts(num_labels);
  for (std::size_t r = 0; r < labels.size(); ++r) {
    if (labels[r] < 0) continue;
    means.row(labels[r]) += rows.row(static_cast<Eigen::Index>(r));
    ++counts[static_cast<std::size_t>(labels[r])];
  }
  for (std::size_t label = 0; label < num_labels; ++label) {
    auto row = means.row(static_cast<Eigen::Index>(label));
    if (counts[label] > 0)
      row /= counts[label];
    else
      row.setConstant(kUnscored);
  }
  return means;
}

Verbalizer verbalizer_of(const std::vector<std::string>& labels, const RankedWords& ranked,
                         std::size_t count, std::span<const std::string> texts,
                         AnswerCombination combination) {
  Verbalizer verbalizer;
  verbalizer.combination = combination;
  for (std::size_t label = 0; label < labels.size(); ++label) {
    LabelAnswers& answers = verbalizer.labels.emplace_back();
    answers.label = labels[label];
    for (std::size_t i = 0; i < std::min(count, ranked[label].size()); ++i)
      answers.answers.push_back({texts[ranked[label][i]], {}});
  }
  return verbalizer;
}

std::vector<FoundWords> nested_verbalizers(const std::vector<std::string>& labels,
                                           const RankedWords& ranked, std::size_t most,
                                           std::span<const std::string> texts,
                                           AnswerCombination combination, const std::string& note) {
  std::vector<FoundWords> found;
  std::size_t longest = 0;
  for (const auto& words : ranked) {
    if (words.empty()) return found;
    longest = std::max(longest, words.size());
  }
  for (std::size_t count = 1; count <= std::min(most, longest); ++count)
    found.push_back({verbalizer_of(labels, ranked, count, texts, combination),
                     note + ", " + std::to_string(count) + (count == 1 ? " word" : " words")});
  return found;
}

AnswerCombination answer_combination(const std::string& name) {
  if (name == "mean") return AnswerCombination::mean;
  return name == "max" ? AnswerCombination::max : AnswerCombination::sum;
}

}  // namespace prospect
