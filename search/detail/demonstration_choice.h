#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/matrix.h"
#include "search/strategy.h"

namespace prospect {

/// Whether a prompt leaves room for an input of median length among the dev examples.
struct DemonstrationFit {
  bool fits = false;
  std::int64_t num_tokens = 0;  ///< Of the prompt with that input, nothing cut.
};
DemonstrationFit fit_of(const Candidate& candidate, const SearchContext& context);

/// The frame with these support examples in front of it.
Candidate with_examples(const Candidate& frame, std::vector<std::string> ids);

/// The first support examples of an order that fit the prompt together, the labels in turn.
/// @param order  indices into the support set, most wanted first.
/// @return their ids, at most `count`.
std::vector<std::string> pack_demonstrations(const Candidate& frame,
                                             std::span<const ExampleIndex> order, std::size_t count,
                                             const SearchContext& context);

/// The support examples, most similar first: by the mean cosine of their tokens' weights (tf-idf,
/// over support and inputs) with those of the inputs, whose labels are not read.
std::vector<ExampleIndex> by_similarity(std::span<const Example> support,
                                        std::span<const Example> inputs,
                                        const Vocabulary& vocabulary);

/// How evenly and how surely a prompt answers: no label is read (Lu et al. 2022).
struct LabelEntropy {
  double global = 0;  ///< Of the predicted labels' frequencies, in nats (GlobalE).
  double local = 0;   ///< Mean entropy of the answers, in nats (LocalE).
};
/// @param label_log_p  normalised over the labels. [R, K]
LabelEntropy label_entropy(const MatrixXd& label_log_p);

}  // namespace prospect
