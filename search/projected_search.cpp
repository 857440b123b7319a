#include "search/projected_search.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "search/detail/examples.h"
#include "search/detail/rng_state.h"
#include "search/detail/room.h"
#include "search/gradient/options.h"

namespace prospect {
namespace {

// Box and Muller; one of the two numbers is enough.
double normal(Rng& rng) {
  const double u = 1 - rng.uniform(), v = rng.uniform();
  return std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * v);
}

Similarity similarity_of(const std::string& name) {
  return name == "cosine" ? Similarity::cosine : Similarity::euclidean;
}

}  // namespace

void describe(OptionVisitor& visit, ProjectedSearchOptions& options) {
  describe(visit, options.space);
  visit("manual", options.manual,
        "The task's own prompts: not used (off), or scored on dev as rivals (compete).",
        {"off", "compete"});
  visit("steps", options.steps, "Gradient steps of a restart, the budget permitting.",
        at_least<std::int64_t>(1));
  visit("restarts", options.restarts, "Runs from new random tokens; the first from the start.",
        at_least<std::int64_t>(1));
  describe(visit, options.descent);
  visit("similarity", options.similarity, "How the nearest token is found.",
        {"cosine", "euclidean"});
  visit("keep_continuous", options.keep_continuous,
        "The vectors go on from where they are (PEZ), or from their projection (FluentPrompt).");
  visit("noise_start", options.noise_start,
        "Temperature of the Langevin noise at the first step; 0 adds none.",
        between<double>(0, 1000));
  visit("noise_end", options.noise_end,
        "Temperature at the last step; between them it falls geometrically.",
        between<double>(0, 1000));
  visit("fluency", options.fluency,
        "Weight of the triggers' own -log p against the task's loss, from 0 to 1.",
        between<double>(0, 1));
  visit("fluency_examples", options.fluency_examples,
        "Examples of the batch whose texts the triggers are read in for fluency.",
        at_least<std::int64_t>(1));
}

ProjectedSearch::ProjectedSearch(const ProjectedSearchOptions& options, SearchContext context)
    : options_(options),
      context_(std::move(context)),
      space_(options.space, context_),
      optimiser_(make_optimiser(options.descent)),
      rng_(context_.rng) {
  check_gradients(context_);
  present_ = space_.starts().front();
}

Ask ProjectedSearch::ask(const Room& room) {
  if (!started_) return ask_starts(room);
  std::int64_t left = room.cost;
  Ask ask;
  Proposal proposal{present_, Pool::dev, {}, {{}, ""}};
  const std::int64_t dev_cost = proposal_cost(proposal, context_);
  while (move(left, dev_cost)) {
    if (!seen_.insert(present_.tmpl.text()).second || !space_.acceptable(present_)) continue;
    proposal.entry = present_;
    proposal.provenance.note = "step " + std::to_string(step_);
    ask.proposals.push_back(std::move(proposal));
    break;
  }
  return ask;
}

Ask ProjectedSearch::ask_starts(const Room& room) {
  Ask ask;
  std::int64_t left = room.cost;
  const auto add = [&](const Candidate& candidate, const std::string& note) {
    Proposal proposal{candidate, Pool::dev, {}, {{}, note}};
    left -= proposal_cost(proposal, context_);
    if (left < 0 || !seen_.insert(candidate.tmpl.text()).second) return;
    ask.proposals.push_back(std::move(proposal));
  };
  for (const auto& start : space_.starts()) add(start, "start; " + space_.filter_note());
  if (options_.manual == "compete")
    for (const auto& prompt : context_.task.manual) add(prompt.candidate, "the task's own prompt");
  if (ask.proposals.empty()) seen_.clear();
  return ask;
}

// No step depends on a score: prompts are only recorded.
void ProjectedSearch::tell(std::span<const Trial> trials) {
  if (started_ || trials.empty()) return;
  started_ = true;
  begin_restart();
}

// The vectors of the present tokens; where none stand, of random ones.
void ProjectedSearch::begin_restart() {
  optimiser_.reset();
  if (restart_ > 0 || has_unset_triggers(present_.tmpl))
    present_ = space_.randomise(present_, rng_);
  vectors_ = context_.oracles.gradient()->embeddings(present_.tmpl.triggers());
}

// One gradient step; false where the steps or the room are used up.
bool ProjectedSearch::move(std::int64_t& left, std::int64_t dev_cost) {
  if (step_ >= options_.steps) {
    if (restart_ + 1 >= options_.restarts) return false;
    ++restart_;
    step_ = 0;
    begin_restart();
  }
  const Rng before = rng_;
  const std::vector<Example> batch = draw_batch(options_.descent, context_.task, rng_);
  const std::int64_t cost = step_cost(batch.size());
  if (cost + dev_cost > left) {
    rng_ = before;
    return false;
  }
  left -= cost;
  GradientOracle& oracle = *context_.oracles.gradient();
  if (!options_.keep_continuous) vectors_ = oracle.embeddings(present_.tmpl.triggers());
  optimiser_.step(vectors_, energy_gradient(batch));
  add_noise(vectors_);
  ++step_;
  present_.tmpl = present_.tmpl.with_triggers(
      oracle.nearest(vectors_, space_.allowed(), similarity_of(options_.similarity)));
  return true;
}

std::int64_t ProjectedSearch::step_cost(std::size_t num_examples) const {
  const GradientOracle& oracle = *context_.oracles.gradient();
  const auto count = static_cast<std::int64_t>(num_examples);
  std::int64_t cost =
      kGradientCost * count * oracle.num_forwards(present_, {.spec = context_.spec});
  if (options_.fluency > 0)
    cost += kGradientCost * std::min(count, options_.fluency_examples) *
            oracle.num_forwards(present_, {.kind = LossKind::trigger_fluency});
  return cost;
}

// (1 - w) of the task's loss and w of the triggers' own, at the tokens that stand.
MatrixXf ProjectedSearch::energy_gradient(std::span<const Example> batch) const {
  GradientOracle& oracle = *context_.oracles.gradient();
  const Loss loss{.kind = loss_kind_of(options_.descent.loss), .spec = context_.spec};
  const Candidate expanded = with_demonstrations(present_, context_.task);
  MatrixXf gradient = oracle.at_tokens(expanded, batch, loss).at_slots;
  if (options_.fluency == 0) return gradient;
  const auto count = std::min(batch.size(), static_cast<std::size_t>(options_.fluency_examples));
  const auto weight = static_cast<float>(options_.fluency);
  return (1 - weight) * gradient +
         weight *
             oracle.at_tokens(expanded, batch.first(count), {.kind = LossKind::trigger_fluency})
                 .at_slots;
}

void ProjectedSearch::add_noise(MatrixXf& vectors) {
  if (options_.noise_start <= 0) return;
  const double end = std::min(std::max(options_.noise_end, 1e-12), options_.noise_start);
  const double part =
      options_.steps > 1 ? static_cast<double>(step_) / static_cast<double>(options_.steps - 1) : 0;
  const double beta = options_.noise_start * std::pow(end / options_.noise_start, part);
  const double scale = std::sqrt(2 * options_.descent.learning_rate * beta);
  for (Eigen::Index i = 0; i < vectors.size(); ++i)
    vectors.data()[i] += static_cast<float>(scale * normal(rng_));
}

State ProjectedSearch::save() const {
  return {{{"rng", rng_to_json(rng_)},
           {"started", started_},
           {"restart", restart_},
           {"step", step_},
           {"present", to_json(present_)},
           {"vectors", matrix_to_json(vectors_)},
           {"optimiser", optimiser_.to_json()},
           {"seen", seen_}},
          {}};
}

void ProjectedSearch::restore(const State& state) {
  const Json& values = state.values;
  Candidate present = candidate_from_json(JsonReader(values.at("present"), "state"));
  MatrixXf vectors = matrix_from_json(values.at("vectors"));
  auto seen = values.at("seen").get<std::set<std::string>>();
  const bool started = values.at("started").get<bool>();
  const auto restart = values.at("restart").get<std::int64_t>();
  const auto step = values.at("step").get<std::int64_t>();
  const Rng rng = rng_from_json(values.at("rng"));
  optimiser_.read(values.at("optimiser"));
  rng_ = rng;
  started_ = started;
  restart_ = restart;
  step_ = step;
  present_ = std::move(present);
  vectors_ = std::move(vectors);
  seen_ = std::move(seen);
}

}  // namespace prospect
