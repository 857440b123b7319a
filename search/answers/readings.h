#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/matrix.h"
#include "search/strategy.h"

namespace prospect {

/// Each row's logits as log-probabilities.
MatrixXf log_softmax(MatrixXf logits);

/// What the frozen LM says at a prompt's answer slot, for some examples: one forward pass each,
/// which answers every verbalizer. R examples, D numbers before the output rows, V words.
struct SlotReadings {
  MatrixXf vectors;                  ///< What the output rows are multiplied with. [R, D]
  MatrixXf log_p;                    ///< Over the whole vocabulary. [R, V]
  std::vector<std::int32_t> labels;  ///< Of the examples; -1 where unknown. [R]

  std::size_t size() const { return labels.size(); }
};

/// Reads the slot of a prompt without demonstrations. Costs one forward for each example; the rows
/// of the vocabulary cost nothing more.
/// @throws Error (input) naming an example that the prompt cannot be filled with.
SlotReadings read_slot(const SearchContext& context, const Candidate& prompt,
                       std::span<const Example> examples);

/// The tokens that may stand for a label in a prompt: whole words that a person could type, whose
/// text gives the same token again at the answer slot.
struct AnswerWords {
  TokenIds ids;                    ///< Ascending.
  std::vector<std::string> texts;  ///< Of each.

  std::size_t size() const { return ids.size(); }
  /// The columns of these words. [R, size()]
  MatrixXd columns(const MatrixXf& matrix) const;
};

AnswerWords answer_words(const Vocabulary& vocabulary, const Template& tmpl);

}  // namespace prospect
