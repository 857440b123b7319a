#include "search/gradient/options.h"

#include "core/error.h"

namespace prospect {

void describe_loss(OptionVisitor& visit, std::string& loss) {
  visit("loss", loss,
        "What the gradient lowers: -log p of the gold label's answers over the vocabulary "
        "(likelihood), over the labels (contrast), or the margin of the best wrong label.",
        {"likelihood", "contrast", "margin"});
}

LossKind loss_kind_of(const std::string& loss) {
  if (loss == "contrast") return LossKind::label_contrast;
  return loss == "margin" ? LossKind::label_margin : LossKind::label_likelihood;
}

void check_gradients(const SearchContext& context) {
  if (context.oracles.gradient() == nullptr)
    fail(ErrorKind::unsupported, "model", "expected a model that gives gradients");
  if (context.task.support.empty())
    fail(ErrorKind::input, "shots", "expected support examples to take gradients on, found none");
}

namespace {

void describe_gradient(OptionVisitor& visit, GradientSearchOptions& options) {
  describe_loss(visit, options.loss);
  visit("gradient_tokens", options.gradient_tokens,
        "Random tokens at the slot that its gradient is averaged over (ARCA); 0 takes it at the "
        "token that stands there.",
        between<std::int64_t>(0, 4096));
  visit("top_k", options.top_k, "Tokens shortlisted for each slot.",
        between<std::int64_t>(1, 100'000));
  visit("fluent_top", options.fluent_top,
        "Shortlist only among so many tokens that the model itself finds likeliest at the slot, "
        "between text and gold answer; 0 asks nothing.",
        between<std::int64_t>(0, 1'000'000));
  visit(
      "revisit", options.revisit,
      "A token may be shortlisted again that was tried at this slot of this prompt; without, each "
      "step goes on to the next best.");
}

void describe_swaps(OptionVisitor& visit, GradientSearchOptions& options) {
  visit("slots", options.slots,
        "Slots changed in an iteration: one at random, one after the other (cyclic), all from left "
        "to right under one gradient (sweep), or all at once.",
        {"random", "cyclic", "sweep", "all"});
  visit("candidates", options.candidates,
        "Which swaps are scored: all that are shortlisted, random draws of slot and token "
        "(nanoGCG), or random tokens at slots in even shares (GCG).",
        {"all", "random", "even"});
  visit("search_width", options.search_width,
        "Swaps drawn in an iteration; 0 scores all that are shortlisted.",
        at_least<std::int64_t>(0));
  visit("replace", options.replace, "Slots that a random draw changes at once.",
        between<std::int64_t>(1, 200));
}

void describe_batches(OptionVisitor& visit, GradientSearchOptions& options) {
  visit("batch_size", options.batch_size, "Support examples in a batch.",
        at_least<std::int64_t>(1));
  visit("accumulation", options.accumulation,
        "Batches that the gradient is averaged over, and candidates are scored on.",
        at_least<std::int64_t>(1));
  visit("batch", options.batch,
        "Candidates are scored on a fresh draw of examples, or on those of the gradient.",
        {"fresh", "same"});
}

void describe_scores(OptionVisitor& visit, GradientSearchOptions& options) {
  visit("objective", options.objective,
        "What a swap has to improve: the task's metric, the mean gold log-likelihood among the "
        "labels, or its mean lead over the best wrong label.",
        {"metric", "log_likelihood", "margin"});
  visit("mellowmax", options.mellowmax,
        "Above 0, losses are combined over answer tokens and examples as (1/a) log mean exp(a "
        "loss), which follows the worst; 0 is the mean.",
        between<double>(0, 1000));
  visit("keep", options.keep,
        "Above 0, the swaps of a step race on growing blocks of its examples down to so many.",
        at_least<std::int64_t>(0));
  visit("probe", options.probe,
        "Above 0, a draft model scores all swaps and the model itself one in so many, to tell how "
        "far the draft is to be trusted (probe sampling); needs \"models\": {\"draft\": ...}.",
        between<std::int64_t>(0, 4096));
  visit("probe_reduction", options.probe_reduction,
        "With a draft that agrees with nothing, the model scores one swap in so many.",
        between<std::int64_t>(1, 4096));
}

void describe_acceptance(OptionVisitor& visit, GradientSearchOptions& options) {
  visit("acceptance", options.acceptance,
        "Accept the best swap when it improves on the incumbent, when its lead over the same "
        "examples is significant, or always.",
        {"improvement", "significant", "always"});
  visit("confidence", options.confidence,
        "Standard errors that a significant lead exceeds, over paired log-likelihoods.",
        between<double>(0, 10));
  visit("buffer_size", options.buffer_size,
        "Best prompts that are kept and the best of them expanded; 0 expands what was accepted.",
        between<std::int64_t>(0, 1024));
  visit("replace_masks_first", options.replace_masks_first,
        "While a slot holds the mask token, every scored swap improves on the incumbent.");
  visit("early_stop", options.early_stop,
        "Stop when an accepted prompt is right on every example that it was scored on.");
  visit("patience", options.patience,
        "Iterations without a better dev score before the search counts as stuck; 0 is never.",
        at_least<std::int64_t>(0));
  visit("when_stuck", options.when_stuck,
        "Go back to the best prompt so far, or start again from random tokens.",
        {"best", "random"});
}

}  // namespace

void describe(OptionVisitor& visit, GradientSearchOptions& options) {
  describe(visit, options.space);
  visit("manual", options.manual,
        "The task's own prompts: not used (off), scored on dev as rivals (compete), or among the "
        "prompts that the search may start from (start).",
        {"off", "compete", "start"});
  visit("iterations", options.iterations, "Iterations, the budget permitting.",
        at_least<std::int64_t>(1));
  describe_gradient(visit, options);
  describe_swaps(visit, options);
  describe_batches(visit, options);
  describe_scores(visit, options);
  describe_acceptance(visit, options);
}

Loss loss_of(const GradientSearchOptions& options, const ScoringSpec& spec) {
  return {.kind = loss_kind_of(options.loss), .spec = spec, .mellowmax = options.mellowmax};
}

}  // namespace prospect
