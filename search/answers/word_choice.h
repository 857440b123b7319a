#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/matrix.h"
#include "search/answers/readings.h"

namespace prospect {

/// A verbalizer that a search of label words found.
struct FoundWords {
  Verbalizer verbalizer;
  std::string note;  ///< Where it comes from, for the record.
};

/// For each label, words by index, best first.
using RankedWords = std::vector<std::vector<std::size_t>>;

/// The `most` best words of each label by its row of scores, best first; equal ones by index. A
/// word goes to the label whose row gives it the most alone, so that no word stands for two.
/// @param scores  [K, W]; -inf takes a word out for a label.
RankedWords distinct_ranking(const MatrixXd& scores, std::size_t most);

/// The `most` best words of each label; a word may be in several lists.
RankedWords ranking(const MatrixXd& scores, std::size_t most);

/// The scores of the words that stand in the label's list, -inf elsewhere. [K, W]
MatrixXd scores_within(const MatrixXd& scores, const RankedWords& lists);

/// One row of the mean over each label's examples. [K, W]
/// @param rows  [R, W]. A label without an example has a row of -inf.
MatrixXd label_means(const MatrixXd& rows, std::span<const std::int32_t> labels,
                     std::size_t num_labels);

/// The verbalizer of the first `count` words of each label.
Verbalizer verbalizer_of(const std::vector<std::string>& labels, const RankedWords& ranked,
                         std::size_t count, std::span<const std::string> texts,
                         AnswerCombination combination);

/// The verbalizers of the first 1, 2, .. `most` words of each label: one pass answers all of them.
/// Those that a label without a word would leave empty are left out.
std::vector<FoundWords> nested_verbalizers(const std::vector<std::string>& labels,
                                           const RankedWords& ranked, std::size_t most,
                                           std::span<const std::string> texts,
                                           AnswerCombination combination, const std::string& note);

/// `"sum"`, `"mean"` or `"max"`.
AnswerCombination answer_combination(const std::string& name);

}  // namespace prospect
