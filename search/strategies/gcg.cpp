// Greedy Coordinate Gradient [zou2023]: a preset of the gradient engine, with the defaults of the
// program nanoGCG.
//
// 20 slots behind the text, "x" at each; the 256 best tokens of every slot, 512 random draws of a
// slot and one of its tokens, all scored on all support examples, the best accepted whether it is
// better or not. Only ASCII text that gives the same ids again.

#include "search/gradient_search.h"
#include "search/registry.h"

namespace prospect {
namespace {

GradientSearchOptions gcg_defaults() {
  GradientSearchOptions options;
  options.space.triggers = 20;
  options.space.initial = "x";
  options.space.exclude_non_ascii = true;
  options.space.exclude_label_words = false;
  options.manual = "compete";
  options.iterations = 250;
  options.slots = "all";
  options.top_k = 256;
  options.candidates = "random";
  options.search_width = 512;
  options.batch = "same";
  options.objective = "log_likelihood";
  options.acceptance = "always";
  options.replace_masks_first = false;
  options.patience = 0;
  return options;
}

const Registration<GradientSearch, GradientSearchOptions> kGcg{
    "gcg",
    "Scores random swaps over all slots at once, drawn from what the gradient favours.",
    {OracleKind::gradient},
    gcg_defaults()};

}  // namespace
}  // namespace prospect
