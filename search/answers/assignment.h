#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/matrix.h"
#include "search/answers/word_choice.h"

namespace prospect {

/// One word for each label, with what it gives on the examples that were read.
struct Assignment {
  std::vector<std::size_t> words;  ///< By label.
  double accuracy = 0;             ///< Of the most probable label word; a tie is wrong.
  double log_likelihood = 0;       ///< Mean of the gold word's, normalised over the label words.
};

/// What is ranked first; the other breaks ties, and then the earlier words stand before.
enum class AssignmentObjective { accuracy, log_likelihood };

/// Log-probabilities of words for labelled examples, from which assignments are scored without
/// another pass.
class AssignmentSearch {
 public:
  /// @param log_p  [R, W]. @param labels  each at least 0.
  AssignmentSearch(const MatrixXd& log_p, std::span<const std::int32_t> labels,
                   AssignmentObjective objective, std::size_t most);

  /// The `most` best assignments of one word of each list, all enumerated, best first. No word
  /// stands for two labels. Takes the product of the lists' lengths times R times K.
  std::vector<Assignment> enumerate(const RankedWords& lists) const;

  /// The `most` best assignments that coordinate ascent visits, best first: from `start`, each
  /// label in turn takes the word of its list that gives the most, a word of another label's being
  /// left to that one, until a sweep changes nothing. A sweep takes K R (K + the lists' lengths).
  std::vector<Assignment> ascend(const RankedWords& lists, std::vector<std::size_t> start,
                                 std::int64_t sweeps) const;

 private:
  /// What the words of all labels but one give for each row: summed probability, and the largest
  /// log-probability. [R]
  struct OtherWords {
    VectorXd sum, largest;
  };
  OtherWords without(const std::vector<std::size_t>& words, std::size_t label) const;
  Assignment with_word(const Assignment& present, std::size_t label, std::size_t word,
                       const OtherWords& others) const;
  bool better(const Assignment& a, const Assignment& b) const;
  void keep(Assignment assignment, std::vector<Assignment>& best) const;
  Assignment score(std::vector<std::size_t> words) const;

  const MatrixXd& log_p_;
  std::span<const std::int32_t> labels_;
  AssignmentObjective objective_;
  std::size_t most_;
};

/// One column for each row, none twice, with the largest sum of gains.
/// @param gains  [K, W], K at most W, finite.
/// Source: the Hungarian method in its shortest-augmenting-path form (Kuhn 1955; Jonker and
/// Volgenant 1987); takes K^2 W.
std::vector<std::size_t> best_distinct(const MatrixXd& gains);

}  // namespace prospect
