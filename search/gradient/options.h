#pragma once

#include <cstdint>
#include <string>

#include "core/options.h"
#include "search/detail/trigger_space.h"
#include "search/strategy.h"

namespace prospect {

/// The policies of a discrete search by gradient; a published method is a set of defaults.
///
/// Every such search is one loop: take the gradient at the trigger slots, shortlist the tokens that
/// it favours, score some swaps exactly, accept one. Methods differ in which slots, which swaps,
/// which examples, and what is accepted; each of these is an option of its own. The defaults here
/// are those of AutoPrompt's program.
struct GradientSearchOptions {
  TriggerSpaceOptions space;
  std::string manual = "off";
  std::int64_t iterations = 100;

  // Gradient and shortlist.
  std::string loss = "likelihood";
  std::int64_t gradient_tokens = 0;
  std::int64_t top_k = 10;
  std::int64_t fluent_top = 0;
  bool revisit = true;

  // Slots and swaps.
  std::string slots = "random";
  std::string candidates = "all";
  std::int64_t search_width = 0;
  std::int64_t replace = 1;

  // Examples.
  std::int64_t batch_size = 32;
  std::int64_t accumulation = 10;
  std::string batch = "fresh";

  // Exact scores.
  std::string objective = "metric";
  double mellowmax = 0;
  std::int64_t keep = 0;
  std::int64_t probe = 0;
  std::int64_t probe_reduction = 8;

  // Acceptance.
  std::string acceptance = "improvement";
  double confidence = 1;
  std::int64_t buffer_size = 0;
  bool replace_masks_first = true;
  bool early_stop = false;
  std::int64_t patience = 20;
  std::string when_stuck = "best";
};

void describe(OptionVisitor& visit, GradientSearchOptions& options);

/// The option `loss` of a search by gradient.
void describe_loss(OptionVisitor& visit, std::string& loss);
/// The kind of loss that it names.
LossKind loss_kind_of(const std::string& loss);

/// @throws Error (unsupported, input) where the model gives no gradients, or there are no examples
/// to take them on.
void check_gradients(const SearchContext& context);

/// The loss that the options name, under the rule that the study scores with.
Loss loss_of(const GradientSearchOptions& options, const ScoringSpec& spec);

}  // namespace prospect
