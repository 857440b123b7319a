// RLPrompt: a policy that writes prompts token by token, learned by reinforcement [deng2022].
//
// The policy is a small network between the frozen LM's last hidden state and its own output rows,
// see search/policy/. A step draws `prompts` prompts, scores them on the support examples, and
// learns from their rewards: 200 (180 where it is not above 0) times the gap between the gold
// label's probability and the best other's, z-scored over the step. Every `eval_every` steps the
// greedy prompt is scored on dev. Defaults are those of the authors' program.
// Cost of a step: `prompts` x the support pool, and a forward of the policy's for each different
// beginning. Oracle: head. A failed, dropped or NaN prompt earns what the worst of its step does.
// Exhausted after `steps`. Differences: docs/strategies/rlprompt.md.

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "core/error.h"
#include "search/detail/examples.h"
#include "search/detail/margin_reward.h"
#include "search/detail/rng_state.h"
#include "search/detail/room.h"
#include "search/detail/scored.h"
#include "search/detail/text_starts.h"
#include "search/detail/trigger_space.h"
#include "search/policy/prompt_policy.h"
#include "search/policy/soft_q.h"
#include "search/registry.h"

namespace prospect {
namespace {

struct RlPromptOptions {
  TriggerSpaceOptions space;
  PromptPolicyOptions policy;
  std::int64_t prompts = 16;
  std::int64_t steps = 12'000;
  std::int64_t reward_examples = 0;
  double reward_scale = 5;
  std::int64_t eval_every = 10;
  bool score_best = false;
};

void describe(OptionVisitor& visit, RlPromptOptions& options) {
  describe(visit, options.space);
  describe(visit, options.policy);
  visit("prompts", options.prompts, "Prompts drawn in a step.", between<std::int64_t>(2, 4096));
  visit("steps", options.steps, "Steps, the budget permitting.", at_least<std::int64_t>(1));
  visit("reward_examples", options.reward_examples,
        "Support examples that a step's prompts are scored on; 0 takes all.",
        at_least<std::int64_t>(0));
  visit("reward_scale", options.reward_scale, "What z-scored rewards are multiplied by.",
        at_least(0.0));
  visit("eval_every", options.eval_every, "Steps after which the greedy prompt is scored on dev.",
        at_least<std::int64_t>(1));
  visit("score_best", options.score_best,
        "Also score a drawn prompt on dev whose reward is the highest so far.");
}

class RlPromptStrategy : public Strategy {
 public:
  RlPromptStrategy(const RlPromptOptions& options, SearchContext context)
      : options_(options),
        context_(std::move(context)),
        space_(options.space, context_),
        frame_(space_.starts().front()),
        rng_(context_.rng),
        policy_(options.policy, head(), space_.allowed_ids(), rng_) {
    for (const auto& example : context_.task.support)
      if (example.label < 0)
        fail(ErrorKind::input, "rlprompt", "expected labelled support examples, found '",
             example.id, "' without a label");
    if (context_.task.support.empty())
      fail(ErrorKind::input, "rlprompt", "expected support examples to be rewarded on, found none");
    const Template first = PromptPolicy::question(options_.policy.context, {});
    const Filled filled = context_.vocabulary.fill(first, {});
    if (!context_.vocabulary.mask() && !context_.vocabulary.sentinel(0) &&
        filled.answer_slots.at(0) == 0)
      fail(ErrorKind::input, "option 'context'",
           "expected some text, since this model reads nothing before a prompt's first token");
  }

  Ask ask(const Room& room) override {
    Ask ask;
    std::int64_t left = room.cost;
    if (!started_) {
      Proposal proposal{frame_, Pool::dev, {}, {{}, "start; " + space_.filter_note()}};
      asked_ = Asked::start;
      if (proposal_cost(proposal, context_) <= left) ask.proposals.push_back(std::move(proposal));
      return ask;
    }
    while (ask.proposals.empty()) {
      const bool can_step = step_ < options_.steps && step_cost() <= left;
      const bool is_due = step_ > evaluated_ && (step_ % options_.eval_every == 0 || !can_step);
      if (is_due || best_) {
        if (!evaluate(is_due, left, ask)) break;
      } else {
        if (!can_step) break;
        draw(left, ask);
      }
    }
    return ask;
  }

  void tell(std::span<const Trial> trials) override {
    if (trials.empty()) return;
    started_ = true;
    if (asked_ == Asked::step) learn(trials);
  }

  State save() const override {
    State state{{{"rng", rng_to_json(rng_)},
                 {"started", started_},
                 {"step", step_},
                 {"evaluated", evaluated_},
                 {"best_reward", score_to_json(best_reward_)},
                 {"best", best_ ? to_json(*best_) : Json(nullptr)},
                 {"seen", seen_}},
                {}};
    policy_.save(state);
    return state;
  }

  void restore(const State& state) override {
    const Json& values = state.values;
    std::optional<Candidate> best;
    if (!values.at("best").is_null())
      best = candidate_from_json(JsonReader(values.at("best"), "state"));
    auto seen = values.at("seen").get<std::set<std::string>>();
    const bool started = values.at("started").get<bool>();
    const auto step = values.at("step").get<std::int64_t>();
    const auto evaluated = values.at("evaluated").get<std::int64_t>();
    const double best_reward = score_from_json(values.at("best_reward"));
    const Rng rng = rng_from_json(values.at("rng"));
    policy_.restore(state);
    rng_ = rng;
    best_ = std::move(best);
    seen_ = std::move(seen);
    started_ = started;
    step_ = step;
    evaluated_ = evaluated;
    best_reward_ = best_reward;
  }

 private:
  /// What the last ask proposed.
  enum class Asked { start, step, evaluation };

  HeadOracle& head() const {
    if (context_.oracles.head() == nullptr)
      fail(ErrorKind::unsupported, "rlprompt",
           "expected a model that lays its output rows open; choose another model");
    return *context_.oracles.head();
  }

  std::int64_t length() const { return static_cast<std::int64_t>(frame_.tmpl.triggers().size()); }

  std::int64_t step_cost() const {
    const std::size_t size = context_.task.support.size();
    const auto examples = options_.reward_examples == 0
                              ? size
                              : std::min(size, static_cast<std::size_t>(options_.reward_examples));
    const Proposal one{frame_, Pool::support, std::vector<ExampleIndex>(examples), {}};
    return PromptPolicy::draw_cost(options_.prompts, length()) +
           options_.prompts * proposal_cost(one, context_);
  }

  // As the scored model reads it: the policy's tokens as text, tokenised again.
  Candidate written(const TokenIds& ids) const {
    Candidate candidate = frame_;
    candidate.tmpl = context_.vocabulary.as_text(frame_.tmpl.with_triggers(ids));
    return candidate;
  }

  // Proposes the greedy prompt and the best one drawn on dev, where they are new there.
  bool evaluate(bool is_due, std::int64_t& left, Ask& ask) {
    const std::int64_t dev = proposal_cost({frame_, Pool::dev, {}, {}}, context_);
    const std::int64_t cost = (is_due ? length() + dev : 0) + (best_ ? dev : 0);
    if (cost > left) return false;
    const auto propose = [&](const Candidate& candidate, const std::string& what) {
      if (!seen_.insert(candidate_key(candidate)).second) return;
      left -= dev;
      ask.proposals.push_back(
          {candidate, Pool::dev, {}, {{}, what + " after step " + std::to_string(step_)}});
    };
    if (is_due) {
      left -= length();
      propose(written(policy_.greedy(static_cast<std::size_t>(length()))), "greedy");
      evaluated_ = step_;
    }
    if (best_) propose(*std::exchange(best_, std::nullopt), "best reward");
    asked_ = Asked::evaluation;
    return true;
  }

  // One step's prompts, equal texts once. Where no text is as `retokenise` asks, nothing is
  // learned.
  void draw(std::int64_t& left, Ask& ask) {
    left -= PromptPolicy::draw_cost(options_.prompts, length());
    drawn_ = policy_.draw(static_cast<std::size_t>(options_.prompts),
                          static_cast<std::size_t>(length()), rng_);
    std::vector<ExampleIndex> examples;
    if (options_.reward_examples > 0)
      examples = draw_examples(context_.task.support.size(),
                               static_cast<std::size_t>(options_.reward_examples), rng_);
    proposal_of_.clear();
    std::map<std::string, std::size_t> known;
    for (const auto& ids : drawn_.ids) {
      Candidate tokens = frame_;
      tokens.tmpl = frame_.tmpl.with_triggers(ids);
      if (!space_.acceptable(tokens)) {
        proposal_of_.push_back(std::nullopt);
        continue;
      }
      const Candidate candidate = written(ids);
      const auto [place, is_new] =
          known.try_emplace(candidate_key(candidate), ask.proposals.size());
      proposal_of_.push_back(place->second);
      if (is_new)
        ask.proposals.push_back(
            {candidate, Pool::support, examples, {{}, "step " + std::to_string(step_ + 1)}});
    }
    asked_ = Asked::step;
    if (ask.proposals.empty()) ++step_;
  }

  void learn(std::span<const Trial> trials) {
    std::vector<double> rewards;
    double worst = std::numeric_limits<double>::infinity();
    for (const auto& trial : trials) {
      rewards.push_back(margin_score(trial, context_.task));
      if (std::isnan(rewards.back())) continue;
      worst = std::min(worst, rewards.back());
      if (rewards.back() > best_reward_) {
        best_reward_ = rewards.back();
        if (options_.score_best) best_ = std::get<Candidate>(trial.entry);
      }
    }
    ++step_;
    if (std::isinf(worst)) return;
    std::vector<double> earned;
    for (const auto& index : proposal_of_)
      earned.push_back(index && !std::isnan(rewards[*index]) ? rewards[*index] : worst);
    earned = z_scores(earned);
    for (double& reward : earned) reward *= options_.reward_scale;
    policy_.learn(drawn_, earned);
  }

  RlPromptOptions options_;
  SearchContext context_;
  TriggerSpace space_;
  Candidate frame_;
  Rng rng_;
  PromptPolicy policy_;

  bool started_ = false;
  std::int64_t step_ = 0, evaluated_ = 0;  // steps done; of them before the last greedy prompt
  double best_reward_ = kUnscored;
  std::optional<Candidate> best_;  // to be scored on dev
  std::set<std::string> seen_;     // keys of what was scored on dev
  // Of the ask that is not told yet.
  Asked asked_ = Asked::start;
  DrawnPrompts drawn_;
  std::vector<std::optional<std::size_t>> proposal_of_;  // of each prompt drawn
};

RlPromptOptions rlprompt_defaults() {
  RlPromptOptions options;
  options.space.triggers = 5;
  options.space.exclude_label_words = false;
  options.space.retokenise = "none";
  return options;
}

const Registration<RlPromptStrategy, RlPromptOptions> kRlprompt{
    "rlprompt",
    "Learns a policy that writes prompts, by soft Q-learning over the model's own output rows.",
    {OracleKind::head},
    rlprompt_defaults()};

}  // namespace
}  // namespace prospect
