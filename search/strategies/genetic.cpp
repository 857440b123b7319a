// A population of prompts, with EvoPrompt's genetic algorithm and differential evolution [guo2024],
// whose instruction model is replaced by operators on words: splices of two parents, and words
// that the frozen LM fills in.
//
// The starts are scored, the better half of the population and a mutant of each member make the
// first generation. `ga`: each child has two parents, is spliced and mutated; the best of old and
// new stay. `de`: each member has a rival mixed of three others, and the better of both stays.
// Parents by roulette, tournament, uniformly, or from the per-example Pareto front (GEPA).
// Cost of a generation: `population` x the dev pool, and infilling for each mutated word. Oracle:
// slot, unless `mutation_rate` is 0. Failed and NaN trials never enter the population. Exhausted
// after `generations`, or when no new child is found. Differences: docs/strategies/genetic.md.

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <utility>

#include "core/error.h"
#include "search/detail/held_out.h"
#include "search/detail/infill.h"
#include "search/detail/population.h"
#include "search/detail/rng_state.h"
#include "search/detail/room.h"
#include "search/detail/round_options.h"
#include "search/detail/splice.h"
#include "search/detail/text_starts.h"
#include "search/detail/word_mutation.h"
#include "search/registry.h"

namespace prospect {
namespace {

// A child that was seen before is drawn again, but not for ever.
constexpr int kMostChildDraws = 20;

struct GeneticOptions {
  std::vector<std::string> initial;
  std::string algorithm = "ga";
  std::int64_t population = 10;
  std::int64_t generations = 1000;
  std::string selection = "roulette";
  std::int64_t tournament_size = 2;
  double crossover_rate = 1;
  double mutation_rate = 1;
  std::int64_t mutations = 3;
  double differential_rate = 0.5;
  std::string base = "best";
  std::string objective = "metric";
  std::int64_t keep = 0;
  InfillOptions infill;
};

void describe(OptionVisitor& visit, GeneticOptions& options) {
  visit("initial", options.initial,
        "Templates to start from, in place of the task's manual prompts.");
  visit("algorithm", options.algorithm, "Genetic algorithm, or differential evolution.",
        {"ga", "de"});
  visit("population", options.population, "Members that stay after each generation.",
        between<std::int64_t>(4, 4096));
  visit("generations", options.generations, "Generations, the budget permitting.",
        at_least<std::int64_t>(1));
  visit("selection", options.selection,
        "How the genetic algorithm draws parents: in proportion to their score, the best of a few, "
        "uniformly, or those that are best on some example.",
        {"roulette", "tournament", "random", "pareto"});
  visit("tournament_size", options.tournament_size, "Members that a tournament draws.",
        between<std::int64_t>(1, 4096));
  visit("crossover_rate", options.crossover_rate,
        "Share of children that are spliced of two parents; the others copy one. For de, the share "
        "of differing words taken from the mutant.",
        between(0.0, 1.0));
  visit("mutation_rate", options.mutation_rate, "Share of children that are mutated.",
        between(0.0, 1.0));
  visit("mutations", options.mutations,
        "Most words that a mutation replaces, inserts or deletes; at least one is.",
        between<std::int64_t>(1, 100));
  visit("differential_rate", options.differential_rate,
        "For de, the share of words differing between two members that is copied.",
        between(0.0, 1.0));
  visit("base", options.base, "For de, what the differences are copied into.", {"best", "random"});
  describe_objective(visit, options.objective);
  describe_keep(visit, options.keep);
  describe(visit, options.infill);
}

// A candidate as its words.
struct Individual {
  PromptUnits units;
  Verbalizer verbalizer;
  Demonstrations demonstrations;
  std::vector<TrialId> parents;
  std::string note;
};

Individual as_individual(const Scored& scored) {
  return {split_units(scored.candidate.tmpl, Granularity::word),
          scored.candidate.verbalizer,
          scored.candidate.demonstrations,
          {scored.trial},
          {}};
}

Candidate as_candidate(const Individual& individual) {
  return {join_units(individual.units), individual.verbalizer, individual.demonstrations};
}

class GeneticStrategy : public Strategy {
 public:
  GeneticStrategy(const GeneticOptions& options, SearchContext context)
      : options_(options),
        context_(std::move(context)),
        infiller_(options.infill, context_),
        starts_(text_starts(context_, options.initial)),
        rng_(context_.rng) {
    if (options_.mutation_rate > 0 && !infiller_.is_available())
      fail(ErrorKind::unsupported, "option 'mutation_rate'",
           "expected a model that gives slot scores, and labelled examples, to mutate prompts; set "
           "0 to splice alone");
  }

  Ask ask(const Room& room) override {
    Ask ask;
    if (num_starts_told_ < starts_.size()) {
      ask_starts(room, ask);
    } else if (!members_.empty() && generation_ < options_.generations) {
      ask_children(room, ask);
      ask.keep = static_cast<std::size_t>(options_.keep);
    }
    return ask;
  }

  void tell(std::span<const Trial> trials) override {
    if (trials.empty()) return;
    std::vector<Scored> told;
    for (const auto& trial : trials) told.push_back(as_member(trial));
    if (num_starts_told_ < starts_.size()) {
      num_starts_told_ += trials.size();
      for (auto& scored : told) admit(std::move(scored));
      return;
    }
    if (generation_ > 0 && options_.algorithm == "de")
      replace_rivals(std::move(told));
    else
      for (auto& scored : told) admit(std::move(scored));
    members_ = best_of(std::move(members_), static_cast<std::size_t>(options_.population));
    ++generation_;
  }

  State save() const override {
    return {{{"starts_told", num_starts_told_},
             {"generation", generation_},
             {"members", to_json(std::span<const Scored>(members_))},
             {"specialists", to_json(std::span<const Scored>(specialists_))},
             {"seen", seen_},
             {"rng", rng_to_json(rng_)}},
            {}};
  }

  void restore(const State& state) override {
    const Json& values = state.values;
    auto members = all_scored_from_json(values.at("members"));
    auto specialists = all_scored_from_json(values.at("specialists"));
    auto seen = values.at("seen").get<std::set<std::string>>();
    const auto generation = values.at("generation").get<std::int64_t>();
    const auto num_starts_told = values.at("starts_told").get<std::size_t>();
    rng_ = rng_from_json(values.at("rng"));
    members_ = std::move(members);
    specialists_ = std::move(specialists);
    seen_ = std::move(seen);
    generation_ = generation;
    num_starts_told_ = num_starts_told;
  }

 private:
  Scored as_member(const Trial& trial) const {
    const bool by_example = options_.selection == "pareto";
    Scored scored = scored_by(trial, by_example ? &context_ : nullptr);
    if (options_.objective == "log_likelihood") scored.value = scored.log_likelihood;
    return scored;
  }

  // A candidate without a score is no parent.
  void admit(Scored scored) {
    if (scored.value == kUnscored) return;
    if (options_.selection == "pareto") {
      specialists_.push_back(scored);
      std::vector<Scored> needed;
      for (const std::size_t index : pareto_members(specialists_))
        needed.push_back(specialists_[index]);
      specialists_ = std::move(needed);
    }
    members_.push_back(std::move(scored));
  }

  void ask_starts(const Room& room, Ask& ask) {
    std::int64_t left = room.cost;
    for (std::size_t i = num_starts_told_; i < starts_.size(); ++i) {
      Proposal proposal{starts_[i], Pool::dev, {}, {{}, "start"}};
      left -= proposal_cost(proposal, context_);
      if (left < 0) return;
      seen_.insert(candidate_key(starts_[i]));
      ask.proposals.push_back(std::move(proposal));
    }
  }

  // The children of a generation as far as there is room for them. Which member a child rivals (de)
  // is remembered until it is told.
  void ask_children(const Room& room, Ask& ask) {
    const Rng before = rng_;
    std::int64_t left = room.cost;
    const std::int64_t score_cost =
        proposal_cost({members_.front().candidate, Pool::dev, {}, {}}, context_);
    const std::int64_t most =
        score_cost + (options_.mutation_rate > 0 ? options_.mutations * infiller_.cost() : 0);
    rivals_.clear();
    for (std::size_t child = 0; child < num_children(); ++child) {
      for (int draw = 0; draw < kMostChildDraws; ++draw) {
        if (left < most) {
          if (ask.proposals.empty() && left == room.cost) rng_ = before;
          return;
        }
        Individual individual = breed(child, left);
        Candidate candidate = as_candidate(individual);
        if (!seen_.insert(candidate_key(candidate)).second) continue;
        Proposal proposal{
            std::move(candidate), Pool::dev, {}, {individual.parents, individual.note}};
        left -= proposal_cost(proposal, context_);
        ask.proposals.push_back(std::move(proposal));
        rivals_.push_back(child);
        break;
      }
    }
  }

  // The first generation fills up the population beside the better half of the starts.
  std::size_t num_children() const {
    const auto size = static_cast<std::size_t>(options_.population);
    if (generation_ > 0) return options_.algorithm == "de" ? members_.size() : size;
    return size - std::min(members_.size(), size / 2);
  }

  Individual breed(std::size_t child, std::int64_t& left) {
    if (generation_ == 0) {
      const auto parents = best_of(members_, static_cast<std::size_t>(options_.population) / 2);
      Individual mutant = as_individual(parents[child % parents.size()]);
      mutant.note = "mutant";
      if (options_.mutation_rate > 0)
        mutate(mutant, left);
      else
        mutant = cross(mutant, as_individual(parents[rng_.below(parents.size())]));
      return mutant;
    }
    return options_.algorithm == "de" ? breed_rival(child, left) : breed_child(left);
  }

  Individual breed_child(std::int64_t& left) {
    const auto pool = std::span<const Scored>(
        options_.selection == "pareto" && !specialists_.empty() ? specialists_ : members_);
    const std::size_t first = draw_parent(pool);
    std::size_t second = draw_parent(pool);
    for (int draw = 0; second == first && draw < kMostChildDraws; ++draw)
      second = draw_parent(pool);
    Individual child = as_individual(pool[first]);
    child.note = "copy";
    if (first != second && rng_.uniform() < options_.crossover_rate)
      child = cross(child, as_individual(pool[second]));
    if (rng_.uniform() < options_.mutation_rate) mutate(child, left);
    return child;
  }

  std::size_t draw_parent(std::span<const Scored> pool) {
    if (options_.selection == "pareto") return pareto_draw(pool, rng_);
    if (options_.selection == "random") return rng_.below(pool.size());
    if (options_.selection == "tournament")
      return tournament(pool, static_cast<std::size_t>(options_.tournament_size), rng_);
    std::vector<double> weights;
    for (const auto& member : pool)
      weights.push_back(options_.objective == "metric" ? member.value : std::exp(member.value));
    return roulette(weights, rng_);
  }

  Individual cross(const Individual& first, const Individual& second) {
    Individual child = first;
    child.units = splice(first.units, second.units, rng_);
    if (rng_.below(2) == 1) child.verbalizer = second.verbalizer;
    child.parents.insert(child.parents.end(), second.parents.begin(), second.parents.end());
    child.note = "splice";
    return child;
  }

  // Differential evolution: where two members differ, the second's words go into the base, some of
  // them changed; the result is crossed with the member that it rivals.
  Individual breed_rival(std::size_t rival, std::int64_t& left) {
    std::vector<std::size_t> others;
    for (std::size_t m = 0; m < members_.size(); ++m)
      if (m != rival) others.push_back(m);
    rng_.shuffle(others);
    Individual child = as_individual(members_[rival]);
    if (others.size() < 3) {
      mutate_if_drawn(child, left);
      return child;
    }
    const Individual a = as_individual(members_[others[0]]), b = as_individual(members_[others[1]]);
    Individual mutant = as_individual(members_[options_.base == "best" ? 0 : others[2]]);
    if (auto mixed = differential(mutant.units, a.units, b.units, options_.differential_rate, rng_))
      mutant.units = std::move(mixed->units);
    else
      mutant.units = splice(mutant.units, b.units, rng_);
    mutate_if_drawn(mutant, left);
    if (auto mixed =
            differential(child.units, child.units, mutant.units, options_.crossover_rate, rng_))
      child.units = std::move(mixed->units);
    else
      child.units = splice(child.units, mutant.units, rng_);
    if (rng_.below(2) == 1) child.verbalizer = mutant.verbalizer;
    child.parents.insert(child.parents.end(),
                         {a.parents.front(), b.parents.front(), mutant.parents.front()});
    child.note = "rival";
    return child;
  }

  void mutate_if_drawn(Individual& individual, std::int64_t& left) {
    if (rng_.uniform() < options_.mutation_rate) mutate(individual, left);
  }

  void mutate(Individual& individual, std::int64_t& left) {
    left -=
        mutate_words(individual.units, individual.verbalizer, infiller_, options_.mutations, rng_);
    individual.note += (individual.note.empty() ? "" : ", ") + std::string("mutation");
  }

  // A rival takes its member's place where it is better.
  void replace_rivals(std::vector<Scored> told) {
    for (std::size_t i = 0; i < told.size(); ++i) {
      Scored& member = members_[rivals_[i]];
      if (better(told[i], member)) member = std::move(told[i]);
    }
  }

  GeneticOptions options_;
  SearchContext context_;
  Infiller infiller_;
  std::vector<Candidate> starts_;

  std::size_t num_starts_told_ = 0;
  std::int64_t generation_ = 0;
  std::vector<Scored> members_;      // best first from the first generation on
  std::vector<Scored> specialists_;  // with pareto selection: the best somewhere among all scored
  std::set<std::string> seen_;       // keys of all candidates that were proposed
  Rng rng_;
  std::vector<std::size_t> rivals_;  // of the ask that is not told yet
};

const Registration<MayBeHeldOut<GeneticStrategy, GeneticOptions>, WithHeldOut<GeneticOptions>>
    kGenetic{"genetic",
             "Breeds a population of prompts by splices and words that the model fills in."};

}  // namespace
}  // namespace prospect
