// HotFlip's swap, as Universal Adversarial Triggers use it [wallace2019]: a preset of the gradient
// engine that helps the right label.
//
// A trigger before the text, "the" at each slot; one gradient of a batch, then slot after slot from
// left to right: the 40 tokens of the largest -(E . g) and the token that stands there, on the same
// batch, the least loss is kept. No filter. Iterations are batches: five epochs of SST-2 in batches
// of 128.

#include "search/gradient_search.h"
#include "search/registry.h"

namespace prospect {
namespace {

GradientSearchOptions hotflip_defaults() {
  GradientSearchOptions options;
  options.space.position = "before";
  options.space.initial = "the";
  options.space.exclude_untypable = false;
  options.space.exclude_label_words = false;
  options.space.retokenise = "none";
  options.manual = "compete";
  options.iterations = 270;
  options.slots = "sweep";
  options.top_k = 40;
  options.batch_size = 128;
  options.accumulation = 1;
  options.batch = "same";
  options.objective = "log_likelihood";
  options.replace_masks_first = false;
  options.patience = 0;
  return options;
}

const Registration<GradientSearch, GradientSearchOptions> kHotflip{
    "hotflip",
    "Sweeps trigger slots from left to right under one gradient (universal triggers).",
    {OracleKind::gradient},
    hotflip_defaults()};

}  // namespace
}  // namespace prospect
