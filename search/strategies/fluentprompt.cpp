// FluentPrompt [shi2022]: Langevin dynamics over token embeddings with a term for fluency.
//
// Each step starts from the embeddings of tokens, moves against the gradient of
// (1 - l) task loss + l (-log p of the prompt), adds noise that cools down, and goes to the nearest
// tokens. All prompts on the way are scored on dev.

#include "search/projected_search.h"
#include "search/registry.h"

namespace prospect {
namespace {

ProjectedSearchOptions fluentprompt_defaults() {
  ProjectedSearchOptions options;
  options.space.triggers = 10;
  options.space.initial = "random";
  options.steps = 5000;
  options.descent.optimiser = "adafactor";
  options.descent.learning_rate = 0.3;
  options.descent.weight_decay = 0;
  options.similarity = "euclidean";
  options.keep_continuous = false;
  options.noise_start = 1;
  options.noise_end = 0.0001;
  options.fluency = 0.003;
  return options;
}

const Registration<ProjectedSearch, ProjectedSearchOptions> kFluentprompt{
    "fluentprompt",
    "Samples prompts by noisy gradient steps between tokens, with a term for fluency.",
    {OracleKind::gradient},
    fluentprompt_defaults()};

}  // namespace
}  // namespace prospect
