// ARCA's coordinate ascent [jones2023]: a preset of the gradient engine, for given answers.
//
// Two slots of random tokens, one after the other: the gradient is averaged over 64 random tokens
// at the slot, the 64 best tokens are scored, the best is accepted whether it is better or not. Ten
// passes over the slots.

#include "search/gradient_search.h"
#include "search/registry.h"

namespace prospect {
namespace {

GradientSearchOptions arca_defaults() {
  GradientSearchOptions options;
  options.space.triggers = 2;
  options.space.initial = "random";
  options.manual = "compete";
  options.iterations = 20;
  options.gradient_tokens = 64;
  options.top_k = 64;
  options.slots = "cyclic";
  options.batch = "same";
  options.objective = "log_likelihood";
  options.acceptance = "always";
  options.replace_masks_first = false;
  options.early_stop = true;
  options.patience = 0;
  return options;
}

const Registration<GradientSearch, GradientSearchOptions> kArca{
    "arca",
    "Goes from slot to slot with a gradient averaged over random tokens there.",
    {OracleKind::gradient},
    arca_defaults()};

}  // namespace
}  // namespace prospect
