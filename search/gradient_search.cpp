#include "search/gradient_search.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "core/error.h"
#include "search/detail/rng_state.h"
#include "search/detail/room.h"

namespace prospect {
namespace {

constexpr double kNoScore = -std::numeric_limits<double>::infinity();

bool has_masks(const Candidate& candidate) {
  const TokenIds ids = candidate.tmpl.triggers();
  return std::find(ids.begin(), ids.end(), kUnsetToken) != ids.end();
}

std::vector<Example> select(std::span<const Example> pool, std::span<const ExampleIndex> indices) {
  std::vector<Example> selected;
  selected.reserve(indices.size());
  for (const auto index : indices) selected.push_back(pool[index]);
  return selected;
}

}  // namespace

void describe(OptionVisitor& visit, GradientSearchOptions& options) {
  describe(visit, options.space);
  visit("iterations", options.iterations, "Iterations, the budget permitting.",
        at_least<std::int64_t>(1));
  visit("top_k", options.top_k, "Tokens shortlisted for each slot.",
        between<std::int64_t>(1, 100'000));
  visit("batch_size", options.batch_size, "Support examples in a batch.",
        at_least<std::int64_t>(1));
  visit("accumulation", options.accumulation,
        "Batches that the gradient is averaged over, and candidates are scored on.",
        at_least<std::int64_t>(1));
  visit("slots", options.slots,
        "Slots changed in an iteration: one at random, one after the other, or all.",
        {"random", "cyclic", "all"});
  visit("search_width", options.search_width,
        "Swaps scored in an iteration, drawn from those shortlisted; 0 scores all of them.",
        at_least<std::int64_t>(0));
  visit("batch", options.batch,
        "Candidates are scored on a fresh draw of examples, or on those of the gradient.",
        {"fresh", "same"});
  visit("objective", options.objective,
        "What a swap has to improve: the task's metric, or the mean gold log-likelihood.",
        {"metric", "log_likelihood"});
  visit("acceptance", options.acceptance,
        "Accept the best swap when it improves on the incumbent, or always.",
        {"improvement", "always"});
  visit("replace_masks_first", options.replace_masks_first,
        "While a slot holds the mask token, every scored swap improves on the incumbent.");
  visit("patience", options.patience,
        "Iterations without a better dev score before going back to the best prompt; 0 never does.",
        at_least<std::int64_t>(0));
}

GradientSearch::GradientSearch(const GradientSearchOptions& options, SearchContext context)
    : options_(options),
      context_(std::move(context)),
      space_(options.space, context_),
      rng_(context_.rng) {
  if (context_.oracles.gradient() == nullptr)
    fail(ErrorKind::unsupported, "model", "expected a model that gives gradients");
  if (context_.task.support.empty())
    fail(ErrorKind::input, "shots", "expected support examples to take gradients on, found none");
}

Ask GradientSearch::ask(const Room& room) {
  switch (phase_) {
    case Phase::start:
      return ask_starts(room);
    case Phase::step:
      return ask_step(room);
    case Phase::dev: {
      Ask ask;
      Proposal proposal{incumbent_->candidate, Pool::dev, {}, {{incumbent_->trial}, "adopted"}};
      if (proposal_cost(proposal, context_) <= room.cost)
        ask.proposals.push_back(std::move(proposal));
      return ask;
    }
  }
  return {};
}

Ask GradientSearch::ask_starts(const Room& room) const {
  Ask ask;
  std::int64_t left = room.cost;
  for (const auto& start : space_.starts()) {
    Proposal proposal{start, Pool::dev, {}, {{}, "start; " + space_.filter_note()}};
    left -= proposal_cost(proposal, context_);
    if (left < 0) break;
    ask.proposals.push_back(std::move(proposal));
  }
  return ask;
}

Ask GradientSearch::ask_step(const Room& room) {
  Ask ask;
  std::int64_t left = room.cost;
  // Where no swap survives the text filter, the incumbent stays and the next iteration tries
  // another slot.
  while (incumbent_ && iteration_ < options_.iterations && ask.proposals.empty()) {
    const Rng before = rng_;
    const std::vector<ExampleIndex> gradient_batch = fresh_batch();
    const std::vector<ExampleIndex> score_batch =
        options_.batch == "same" ? gradient_batch : fresh_batch();
    Proposal incumbent{
        incumbent_->candidate, Pool::support, score_batch, {{incumbent_->trial}, "incumbent"}};
    const std::int64_t row_cost = std::max<std::int64_t>(1, proposal_cost(incumbent, context_));
    const auto gradient_cost = kGradientCost * static_cast<std::int64_t>(gradient_batch.size());
    const std::int64_t most = (left - gradient_cost) / row_cost;  // proposals there is room for
    if (left < gradient_cost || most < 2) {
      rng_ = before;
      break;
    }
    left -= gradient_cost;
    ++iteration_;

    const auto slots = pick_slots(incumbent_->candidate.tmpl.triggers().size());
    const Gradient gradient = context_.oracles.gradient()->at_tokens(
        incumbent_->candidate, select(context_.task.support, gradient_batch), {});
    auto candidates = swaps(gradient.at_slots, slots);
    if (static_cast<std::int64_t>(candidates.size()) > most - 1)
      candidates.resize(static_cast<std::size_t>(most - 1));
    if (candidates.empty()) {
      ++without_gain_;
      return_to_best_if_stuck();
      continue;
    }
    ask.proposals.push_back(std::move(incumbent));
    for (auto& candidate : candidates)
      ask.proposals.push_back(
          {std::move(candidate), Pool::support, score_batch, {{incumbent_->trial}, "swap"}});
  }
  return ask;
}

// AutoPrompt's pass: the support set in a new order, up to `accumulation` batches of it.
std::vector<ExampleIndex> GradientSearch::fresh_batch() {
  std::vector<ExampleIndex> indices(context_.task.support.size());
  std::iota(indices.begin(), indices.end(), ExampleIndex{0});
  rng_.shuffle(indices);
  const auto most =
      static_cast<double>(options_.batch_size) * static_cast<double>(options_.accumulation);
  if (most < static_cast<double>(indices.size())) indices.resize(static_cast<std::size_t>(most));
  return indices;
}

std::vector<std::size_t> GradientSearch::pick_slots(std::size_t num_slots) {
  if (options_.slots == "random") return {rng_.below(num_slots)};
  if (options_.slots == "cyclic") return {static_cast<std::size_t>(iteration_ - 1) % num_slots};
  std::vector<std::size_t> all(num_slots);
  std::iota(all.begin(), all.end(), std::size_t{0});
  return all;
}

// Single swaps of the incumbent, best first within a slot: never the token that stands there, and
// only prompts that their text reproduces.
std::vector<Candidate> GradientSearch::swaps(const MatrixXf& gradient,
                                             std::span<const std::size_t> slots) {
  const TokenIds ids = incumbent_->candidate.tmpl.triggers();
  std::vector<Candidate> candidates;
  for (const std::size_t slot : slots) {
    TokenMask allowed = space_.allowed();
    std::size_t num_allowed = space_.num_allowed();
    if (ids[slot] != kUnsetToken && allowed[static_cast<std::size_t>(ids[slot])]) {
      allowed[static_cast<std::size_t>(ids[slot])] = false;
      --num_allowed;
    }
    const std::size_t k = std::min(static_cast<std::size_t>(options_.top_k), num_allowed);
    const MatrixXf row = gradient.row(static_cast<Eigen::Index>(slot));
    const auto shortlists = context_.oracles.gradient()->shortlist(row, allowed, k);
    for (const TokenId id : shortlists.front().ids) {
      TokenIds swapped = ids;
      swapped[slot] = id;
      Candidate candidate = incumbent_->candidate;
      candidate.tmpl = candidate.tmpl.with_triggers(swapped);
      if (space_.acceptable(candidate)) candidates.push_back(std::move(candidate));
    }
  }
  const auto width = static_cast<std::size_t>(options_.search_width);
  if (width > 0 && candidates.size() > width) {
    rng_.shuffle(candidates);
    candidates.resize(width);
  }
  return candidates;
}

void GradientSearch::tell(std::span<const Trial> trials) {
  if (trials.empty()) return;
  switch (phase_) {
    case Phase::start:
      return tell_starts(trials);
    case Phase::step:
      return tell_step(trials);
    case Phase::dev:
      return tell_dev(trials.front());
  }
}

// The start prompts are scored and remembered, so that a first swap is never "best" for want of a
// rival.
void GradientSearch::tell_starts(std::span<const Trial> trials) {
  for (const auto& trial : trials) {
    if (trial.status != Status::scored) continue;
    const Scored scored = scored_by(trial);
    if (!best_ || std::pair(scored.value, scored.log_likelihood) >
                      std::pair(best_->value, best_->log_likelihood))
      best_ = scored;
  }
  incumbent_ = best_;
  phase_ = Phase::step;
}

void GradientSearch::tell_step(std::span<const Trial> trials) {
  const bool forced = options_.acceptance == "always" ||
                      (options_.replace_masks_first && has_masks(incumbent_->candidate));
  const double to_beat = forced ? kNoScore : score(trials.front());
  const Trial* adopted = nullptr;
  double highest = to_beat;
  for (const auto& trial : trials.subspan(1)) {
    if (score(trial) <= highest) continue;
    highest = score(trial);
    adopted = &trial;
  }
  ++without_gain_;
  if (adopted == nullptr) return return_to_best_if_stuck();
  incumbent_ = scored_by(*adopted);
  // A prompt with some masks left is only a way to the first one without.
  if (!options_.replace_masks_first || !has_masks(incumbent_->candidate)) phase_ = Phase::dev;
}

void GradientSearch::tell_dev(const Trial& trial) {
  phase_ = Phase::step;
  incumbent_ = scored_by(trial);
  const bool better =
      trial.status == Status::scored && std::pair(incumbent_->value, incumbent_->log_likelihood) >
                                            std::pair(best_->value, best_->log_likelihood);
  if (better || (options_.replace_masks_first && has_masks(best_->candidate))) {
    best_ = incumbent_;
    without_gain_ = 0;
  }
  return_to_best_if_stuck();
}

void GradientSearch::return_to_best_if_stuck() {
  const bool on_the_way = options_.replace_masks_first && has_masks(best_->candidate);
  if (options_.patience == 0 || without_gain_ < options_.patience || on_the_way) return;
  incumbent_ = best_;
  without_gain_ = 0;
}

GradientSearch::Scored GradientSearch::scored_by(const Trial& trial) {
  const auto number = [&](double value) {
    return trial.status == Status::scored && !std::isnan(value) ? value : kNoScore;
  };
  return {std::get<Candidate>(trial.entry), trial.id, number(trial.evaluation.value),
          number(trial.evaluation.log_likelihood)};
}

double GradientSearch::score(const Trial& trial) const {
  if (trial.status != Status::scored) return kNoScore;
  const double score =
      options_.objective == "metric" ? trial.evaluation.value : trial.evaluation.log_likelihood;
  return std::isnan(score) ? kNoScore : score;
}

// JSON has no infinity: a prompt without a score is written as null.
State GradientSearch::save() const {
  const auto to_json_or_null = [](const std::optional<Scored>& scored) -> Json {
    if (!scored) return nullptr;
    return {{"candidate", to_json(scored->candidate)},
            {"trial", scored->trial},
            {"value", scored->value},
            {"log_likelihood", scored->log_likelihood}};
  };
  return {{{"phase", static_cast<int>(phase_)},
           {"rng", rng_to_json(rng_)},
           {"iteration", iteration_},
           {"without_gain", without_gain_},
           {"incumbent", to_json_or_null(incumbent_)},
           {"best", to_json_or_null(best_)}},
          {}};
}

void GradientSearch::restore(const State& state) {
  const auto number = [](const Json& json) {
    return json.is_null() ? kNoScore : json.get<double>();
  };
  const auto scored_from = [&](const char* key) -> std::optional<Scored> {
    const Json& json = state.values.at(key);
    if (json.is_null()) return std::nullopt;
    return Scored{candidate_from_json(JsonReader(json, key).at("candidate")),
                  json.at("trial").get<TrialId>(), number(json.at("value")),
                  number(json.at("log_likelihood"))};
  };
  auto incumbent = scored_from("incumbent"), best = scored_from("best");
  const auto phase = static_cast<Phase>(state.values.at("phase").get<int>());
  const auto iteration = state.values.at("iteration").get<std::int64_t>();
  const auto without_gain = state.values.at("without_gain").get<std::int64_t>();
  rng_ = rng_from_json(state.values.at("rng"));
  phase_ = phase;
  iteration_ = iteration;
  without_gain_ = without_gain;
  incumbent_ = std::move(incumbent);
  best_ = std::move(best);
}

}  // namespace prospect
