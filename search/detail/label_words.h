#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "search/strategy.h"

namespace prospect {

/// For each label, in the task's order, words that may stand for it.
using LabelWords = std::vector<std::vector<std::string>>;

/// Whether a token is a whole word that a person could type.
bool is_label_word(const Vocabulary& vocabulary, TokenId id);

/// The words of all prompts of the task and of all seeds, one-text answers alone, each once.
LabelWords known_label_words(const SearchContext& context);

/// Reads `"negative=bad|awful"` into `words`. @throws Error (input) naming `where`.
void add_label_words(const std::string& written, const Task& task, const std::string& where,
                     LabelWords& words);

/// For each label the `most` words that the frozen LM says at the answer slot most often for its
/// examples and seldom for others: by the difference of the geometric means of their probability
/// between the label's support examples and the best of the other labels'. Whole typable words.
/// Costs one forward for each labelled support example.
LabelWords proposed_label_words(const SearchContext& context, const Candidate& frame,
                                std::size_t most);
/// Gives one random label another of its words in place of its answers; no word stands for two
/// labels. @return false where that label has no other.
bool change_label_word(const LabelWords& words, Verbalizer& verbalizer, Rng& rng);

/// What `proposed_label_words` costs.
std::int64_t label_word_cost(const SearchContext& context);

}  // namespace prospect
