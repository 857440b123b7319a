#include "search/gradient/descent.h"

#include "search/detail/examples.h"
#include "search/gradient/options.h"

namespace prospect {

void describe(OptionVisitor& visit, DescentOptions& options) {
  visit("batch_size", options.batch_size, "Support examples that a step's gradient is taken on.",
        at_least<std::int64_t>(1));
  describe_loss(visit, options.loss);
  visit("optimiser", options.optimiser, "What makes a step of a gradient.",
        {"adamw", "adafactor", "sgd"});
  visit("learning_rate", options.learning_rate, "Size of a step.", between<double>(0, 1000));
  visit("weight_decay", options.weight_decay, "Share of the vectors that a unit step takes away.",
        between<double>(0, 1));
}

Optimiser make_optimiser(const DescentOptions& options) {
  return {options.optimiser, options.learning_rate, options.weight_decay};
}

std::vector<Example> draw_batch(const DescentOptions& options, const Task& task, Rng& rng) {
  return examples_at(
      task.support,
      draw_examples(task.support.size(), static_cast<std::size_t>(options.batch_size), rng));
}

}  // namespace prospect
