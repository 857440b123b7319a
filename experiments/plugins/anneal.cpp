// Simulated annealing over trigger tokens (Kirkpatrick, Gelatt and Vecchi 1983): a worked example
// of a strategy outside of the tree.
//
// Every chain walks alone: it changes one trigger slot to a random allowed token, scores the
// changed prompt on the dev pool, and moves there where its mean gold log-likelihood is higher, or
// else with probability exp(change / temperature). The temperature falls geometrically over the
// run, so that the walk ends as a hill climb.
//
// Cost: one evaluation of the dev pool for each chain and step. No oracle. A failed or NaN trial is
// never moved to. Exhausted after `steps`; with `steps` 0, cooling is spread over the room of the
// first ask, and the search ends with it.

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "search/detail/rng_state.h"
#include "search/detail/room.h"
#include "search/detail/trigger_space.h"
#include "search/plugin.h"

namespace anneal {
namespace {

using namespace prospect;

constexpr double kNoScore = -std::numeric_limits<double>::infinity();
// A chain draws its change again where another chain proposes the same, but not for ever.
constexpr int kMostDraws = 64;

struct Options {
  TriggerSpaceOptions space;
  std::int64_t chains = 2;
  std::int64_t steps = 0;
  double hot = 0.05;
  double cold = 0.001;
};

void describe(OptionVisitor& visit, Options& options) {
  describe(visit, options.space);
  visit("chains", options.chains, "Walks side by side, scored in one call.",
        between<std::int64_t>(1, 1024));
  visit("steps", options.steps, "Changes of each chain; 0 takes as many as the room pays for.",
        at_least<std::int64_t>(0));
  visit("hot", options.hot, "Temperature at first, in nats of mean gold log-likelihood.",
        between(1e-9, 1e3));
  visit("cold", options.cold, "Temperature at last; not above the first.", between(1e-9, 1e3));
}

// Where a chain stands.
struct Chain {
  Candidate candidate;
  TrialId trial = 0;
  double value = kNoScore;
};

// Another allowed token at one slot.
Candidate changed(const Candidate& candidate, const TriggerSpace& space, Rng& rng) {
  std::vector<TokenId> triggers = candidate.tmpl.triggers();
  TokenId& slot = triggers[rng.below(triggers.size())];
  const TokenId before = slot;
  while (slot == before && space.num_allowed() > 1)
    slot = space.allowed_ids()[rng.below(space.num_allowed())];
  Candidate result = candidate;
  result.tmpl = candidate.tmpl.with_triggers(triggers);
  return result;
}

class Anneal : public Strategy {
 public:
  Anneal(const Options& options, SearchContext context)
      : options_(options),
        context_(std::move(context)),
        space_(options.space, context_),
        rng_(context_.rng),
        steps_(options.steps) {
    if (options_.cold > options_.hot)
      fail(ErrorKind::input, "cold", "expected a temperature of at most ", options_.hot,
           " (\"hot\"), found ", options_.cold);
  }

  Ask ask(const Room& room) override {
    const Proposal first{space_.starts().front(), Pool::dev, {}, {}};
    const std::int64_t cost = std::max<std::int64_t>(1, proposal_cost(first, context_));
    const auto fitting = static_cast<std::size_t>(std::max<std::int64_t>(0, room.cost / cost));
    if (step_ == 0 && options_.steps == 0) steps_ = room.cost / (cost * options_.chains) - 1;

    Ask ask;
    const bool starts = chains_.empty();
    const auto width = static_cast<std::size_t>(options_.chains);
    if (fitting < width || (!starts && step_ >= steps_)) return ask;
    for (std::size_t i = 0; i < width; ++i) {
      for (int draw = 0; draw < kMostDraws; ++draw) {
        Proposal proposal{
            starts ? start() : changed(chains_[i].candidate, space_, rng_), Pool::dev, {}, {}};
        if (!starts) proposal.provenance.parents = {chains_[i].trial};
        if (!space_.acceptable(std::get<Candidate>(proposal.entry)) ||
            contains(ask, proposal.entry))
          continue;
        ask.proposals.push_back(std::move(proposal));
        break;
      }
      // A chain that found no change waits, and so do those behind it: trials belong to chains by
      // their place.
      if (ask.proposals.size() != i + 1) break;
    }
    return ask;
  }

  void tell(std::span<const Trial> trials) override {
    if (chains_.empty()) {
      for (const auto& trial : trials) chains_.push_back(scored(trial));
      return;
    }
    for (std::size_t i = 0; i < trials.size() && i < chains_.size(); ++i) {
      Chain next = scored(trials[i]);
      const double gain = next.value - chains_[i].value;  // NaN where neither has a score
      // Drawn also where it is not needed: the stream does not depend on the scores.
      const double chance = rng_.uniform();
      if (next.value > kNoScore && (!(gain < 0) || chance < std::exp(gain / temperature())))
        chains_[i] = std::move(next);
    }
    ++step_;
  }

  State save() const override {
    Json chains = Json::array();
    for (const auto& chain : chains_)
      chains.push_back({{"candidate", to_json(chain.candidate)},
                        {"trial", chain.trial},
                        {"value", chain.value > kNoScore ? Json(chain.value) : Json(nullptr)}});
    return {{{"rng", rng_to_json(rng_)}, {"step", step_}, {"steps", steps_}, {"chains", chains}},
            {}};
  }

  void restore(const State& state) override {
    std::vector<Chain> chains;
    for (const auto& json : state.values.at("chains"))
      chains.push_back({candidate_from_json(JsonReader(json, "chains").at("candidate")),
                        json.at("trial").get<TrialId>(),
                        json.at("value").is_null() ? kNoScore : json.at("value").get<double>()});
    const auto step = state.values.at("step").get<std::int64_t>();
    const auto steps = state.values.at("steps").get<std::int64_t>();
    rng_ = rng_from_json(state.values.at("rng"));  // throws before it changes anything
    step_ = step;
    steps_ = steps;
    chains_ = std::move(chains);
  }

 private:
  Candidate start() {
    const auto& starts = space_.starts();
    return space_.randomise(starts[rng_.below(starts.size())], rng_);
  }

  static bool contains(const Ask& ask, const Entry& entry) {
    return std::any_of(ask.proposals.begin(), ask.proposals.end(),
                       [&](const Proposal& proposal) { return proposal.entry == entry; });
  }

  static Chain scored(const Trial& trial) {
    const double value =
        trial.status == Status::scored ? trial.evaluation.log_likelihood : kNoScore;
    return {std::get<Candidate>(trial.entry), trial.id, std::isnan(value) ? kNoScore : value};
  }

  double temperature() const {
    const double done =
        steps_ > 1 ? static_cast<double>(step_) / static_cast<double>(steps_ - 1) : 1;
    return options_.hot * std::pow(options_.cold / options_.hot, std::min(done, 1.0));
  }

  Options options_;
  SearchContext context_;
  TriggerSpace space_;
  Rng rng_;
  std::int64_t step_ = 0, steps_ = 0;  // of those after the start
  std::vector<Chain> chains_;
};

}  // namespace
}  // namespace anneal

PROSPECT_PLUGIN(anneal::Anneal, anneal::Options, "anneal",
                "Cools a random walk over trigger tokens (simulated annealing).");
