// Draws trigger tokens uniformly from the allowed vocabulary: the honest baseline of every search.
//
// Cost: one evaluation of the dev pool for each prompt. No oracle. Failed prompts are skipped,
// equal ones are drawn again. Exhausted when `prompts` are proposed, or when nothing new is drawn.

#include <set>
#include <utility>

#include "search/detail/rng_state.h"
#include "search/detail/room.h"
#include "search/detail/trigger_space.h"
#include "search/registry.h"

namespace prospect {
namespace {

// A small space is taken as exhausted when this many draws in a row were seen before.
constexpr int kMostRepeats = 200;

struct RandomOptions {
  TriggerSpaceOptions space;
  std::int64_t prompts = 100'000;
  std::int64_t round = 16;
};

void describe(OptionVisitor& visit, RandomOptions& options) {
  describe(visit, options.space);
  visit("prompts", options.prompts, "Prompts to draw, the budget permitting.",
        at_least<std::int64_t>(1));
  visit("round", options.round, "Prompts scored in one call.", between<std::int64_t>(1, 4096));
}

class RandomStrategy : public Strategy {
 public:
  RandomStrategy(const RandomOptions& options, SearchContext context)
      : options_(options),
        context_(std::move(context)),
        space_(options.space, context_),
        rng_(context_.rng) {}

  Ask ask(const Room& room) override {
    Ask ask;
    std::int64_t left = room.cost;
    for (int repeats = 0; num_asked() < options_.prompts && repeats < kMostRepeats &&
                          static_cast<std::int64_t>(ask.proposals.size()) < options_.round;) {
      const Rng before = rng_;
      const auto& starts = space_.starts();
      Proposal proposal{
          space_.randomise(starts[rng_.below(starts.size())], rng_), Pool::dev, {}, {}};
      const std::int64_t cost = proposal_cost(proposal, context_);
      if (cost > left) {
        rng_ = before;  // the draw is made again when there is room for it
        break;
      }
      if (!seen_.insert(std::get<Candidate>(proposal.entry).tmpl.text()).second) {
        ++repeats;
        continue;
      }
      repeats = 0;
      left -= cost;
      ask.proposals.push_back(std::move(proposal));
    }
    return ask;
  }

  void tell(std::span<const Trial>) override {}

  State save() const override { return {{{"rng", rng_to_json(rng_)}, {"seen", seen_}}, {}}; }
  void restore(const State& state) override {
    auto seen = state.values.at("seen").get<std::set<std::string>>();
    rng_ = rng_from_json(state.values.at("rng"));
    seen_ = std::move(seen);
  }

 private:
  std::int64_t num_asked() const { return static_cast<std::int64_t>(seen_.size()); }

  RandomOptions options_;
  SearchContext context_;
  TriggerSpace space_;
  Rng rng_;
  std::set<std::string> seen_;
};

const Registration<RandomStrategy, RandomOptions> kRandom{
    "random", "Draws trigger tokens uniformly: the baseline of every search."};

}  // namespace
}  // namespace prospect
