// Lets the best prompts that others found answer together, by several ways of weighing them.
//
// Members are the trials of "init", best first, else the task's own prompts. What weights are
// learned from is what the members say of the support examples, so that dev still judges examples
// that the weights have not seen; each way of weighing is then one proposal on dev. LPAQA
// [jiang2020, sec. 4.2 and 5.3], PET's accuracy weights [schick2021, sec. 3.2], votes, and greedy
// forward choice [caruana2004].
//
// Cost: each member on the support examples, and for each way of weighing its members on dev.
// Requested work counts as ever, although no member that was scored before is scored again. No
// oracle. A member that fails is left out; with fewer than two there is nothing to weigh, and the
// search is exhausted. Differences from the papers: see docs/strategies/ensemble.md.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include "core/ensemble.h"
#include "core/error.h"
#include "core/text.h"
#include "search/detail/ensemble_weights.h"
#include "search/detail/room.h"
#include "search/detail/scored.h"
#include "search/registry.h"

namespace prospect {
namespace {

constexpr double kLeastWeight = 1e-3;  // a learned weight below is none: its member costs a forward

const std::vector<std::string> kMethods = {"uniform", "accuracy", "vote", "learned", "greedy"};

struct EnsembleOptions {
  std::vector<std::string> methods = kMethods;
  std::int64_t members = 10;
  std::int64_t greedy_members = 5;
  std::string combiner = "log_linear";
  std::string fit = "support";
  std::string optimiser = "exponentiated";
  std::string objective = "log_linear";
};

void describe(OptionVisitor& visit, EnsembleOptions& options) {
  visit("methods", options.methods,
        "Ways of weighing, each an entry: uniform, accuracy, vote, learned, greedy.");
  visit("members", options.members, "So many of the best prompts are members at most.",
        between<std::int64_t>(2, 1000));
  visit("greedy_members", options.greedy_members, "So many members does greedy choose at most.",
        between<std::int64_t>(2, 1000));
  visit("combiner", options.combiner,
        "How uniform, accuracy and greedy mix: probabilities, or their logarithms.",
        {"linear", "log_linear"});
  visit("fit", options.fit,
        "Examples that weights are learned from: support, or dev, which also judges them.",
        {"support", "dev"});
  visit("optimiser", options.optimiser,
        "How weights are learned: exponentiated gradient to the optimum, or LPAQA's Adam.",
        {"exponentiated", "lpaqa"});
  visit("objective", options.objective,
        "What learned weights make large: the gold label's log-probability under the log-linear "
        "mixture, or under the linear one.",
        {"log_linear", "mixture"});
}

struct Member {
  Candidate candidate;
  std::vector<TrialId> trial;  // that it is known from, if any
};

// A way of weighing, ready to be scored.
struct Weighed {
  Ensemble ensemble;
  std::vector<TrialId> parents;
  std::string note;
};

std::string in_digits(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

bool needs_labels(const std::string& method) {
  return method != "uniform" && method != "vote";
}

class EnsembleStrategy : public Strategy {
 public:
  EnsembleStrategy(const EnsembleOptions& options, SearchContext context)
      : options_(options), context_(std::move(context)) {
    for (const auto& method : options_.methods)
      if (std::find(kMethods.begin(), kMethods.end(), method) == kMethods.end())
        fail(ErrorKind::input, "methods", "expected ", join(kMethods, ", "), ", found '", method,
             "'", suggestion(method, kMethods));
    if (options_.methods.empty())
      fail(ErrorKind::input, "methods", "expected at least one way of weighing, found none");
    check_labels();
    find_members();
  }

  Ask ask(const Room& room) override {
    if (members_.size() < 2) return {};
    return weighed_.empty() && !is_fitted_ ? ask_members(room) : ask_ensembles(room);
  }

  void tell(std::span<const Trial> trials) override {
    if (trials.empty()) return;
    if (is_fitted_) {
      next_ += trials.size();
      return;
    }
    std::vector<Member> kept;
    MemberAnswers answers;
    for (const auto& trial : trials) {
      if (trial.status != Status::scored) continue;
      const auto& candidate = std::get<Candidate>(trial.entry);
      const auto known = std::find_if(members_.begin(), members_.end(), [&](const Member& member) {
        return member.candidate == candidate;
      });
      kept.push_back({candidate, known != members_.end() && !known->trial.empty()
                                     ? known->trial
                                     : std::vector<TrialId>{trial.id}});
      answers.log_p.push_back(label_log_probs(candidate.verbalizer, trial.outcome.rows));
      if (answers.gold.empty())
        for (const auto& example : examples_of(trial.outcome, context_.task))
          answers.gold.push_back(example.label);
    }
    is_fitted_ = true;
    if (kept.size() >= 2) weigh(kept, answers);
  }

  State save() const override {
    Json weighed = Json::array();
    for (const auto& each : weighed_)
      weighed.push_back({{"entry", to_json(Entry(each.ensemble))},
                         {"parents", each.parents},
                         {"note", each.note}});
    return {{{"is_fitted", is_fitted_}, {"next", next_}, {"weighed", std::move(weighed)}}, {}};
  }

  void restore(const State& state) override {
    std::vector<Weighed> weighed;
    for (const auto& each : state.values.at("weighed")) {
      const Entry entry = entry_from_json(JsonReader(each.at("entry"), "state"));
      weighed.push_back({std::get<Ensemble>(entry), each.at("parents").get<std::vector<TrialId>>(),
                         each.at("note").get<std::string>()});
    }
    const bool is_fitted = state.values.at("is_fitted").get<bool>();
    const auto next = state.values.at("next").get<std::size_t>();
    is_fitted_ = is_fitted;
    next_ = next;
    weighed_ = std::move(weighed);
  }

 private:
  Pool fit_pool() const { return options_.fit == "dev" ? Pool::dev : Pool::support; }

  // Some ways of weighing need right answers; without any label the others remain.
  void check_labels() {
    const auto pool = context_.task.pool(fit_pool());
    has_labels_ = !pool.empty() && std::all_of(pool.begin(), pool.end(),
                                               [](const Example& e) { return e.label >= 0; });
    if (has_labels_) return;
    std::erase_if(options_.methods, needs_labels);
    if (options_.methods.empty())
      fail(ErrorKind::input, "methods",
           "expected uniform or vote where no example has a label, found ways of weighing that "
           "learn from labels");
  }

  void find_members() {
    const auto add = [&](const Candidate& candidate, std::vector<TrialId> trial) {
      const bool known = std::any_of(members_.begin(), members_.end(), [&](const Member& member) {
        return member.candidate == candidate;
      });
      if (!known && members_.size() < static_cast<std::size_t>(options_.members))
        members_.push_back({candidate, std::move(trial)});
    };
    for (const auto& seed : context_.seeds)
      if (const auto* candidate = std::get_if<Candidate>(&seed.entry)) add(*candidate, {seed.id});
    if (context_.seeds.empty())
      for (const auto& prompt : context_.task.manual) add(prompt.candidate, {});
    if (has_labels_) return;
    is_fitted_ = true;  // nothing to learn
    weigh(members_, {});
  }

  Proposal proposal_of(const Member& member) const {
    return {member.candidate, fit_pool(), {}, {member.trial, "a member's answers"}};
  }

  // As many members as fit, with room for one of them all on dev.
  Ask ask_members(const Room& room) {
    Ask ask;
    std::int64_t left = room.cost;
    for (const auto& member : members_) {
      Proposal proposal = proposal_of(member);
      Proposal on_dev = proposal;
      on_dev.pool = Pool::dev;
      left -= proposal_cost(proposal, context_) + proposal_cost(on_dev, context_);
      if (left < 0) break;
      ask.proposals.push_back(std::move(proposal));
    }
    if (ask.proposals.size() < 2) ask.proposals.clear();
    return ask;
  }

  Ask ask_ensembles(const Room& room) const {
    Ask ask;
    std::int64_t left = room.cost;
    for (std::size_t i = next_; i < weighed_.size(); ++i) {
      Proposal proposal{
          weighed_[i].ensemble, Pool::dev, {}, {weighed_[i].parents, weighed_[i].note}};
      left -= proposal_cost(proposal, context_);
      if (left < 0) break;
      ask.proposals.push_back(std::move(proposal));
    }
    return ask;
  }

  void weigh(const std::vector<Member>& members, const MemberAnswers& answers) {
    for (const auto& method : options_.methods) {
      std::string note = method;
      const Combiner combiner = method == "vote"                ? Combiner::vote
                                : method == "learned"           ? Combiner::log_linear
                                : options_.combiner == "linear" ? Combiner::linear
                                                                : Combiner::log_linear;
      const std::vector<double> weights =
          weights_of(method, combiner, answers, members.size(), note);
      Weighed weighed{{{}, {}, combiner}, {}, std::move(note)};
      for (std::size_t m = 0; m < members.size(); ++m) {
        if (weights[m] < kLeastWeight) continue;
        weighed.ensemble.members.push_back(members[m].candidate);
        weighed.ensemble.weights.push_back(weights[m]);
        weighed.parents.insert(weighed.parents.end(), members[m].trial.begin(),
                               members[m].trial.end());
      }
      double sum = 0;
      for (const double weight : weighed.ensemble.weights) sum += weight;
      for (double& weight : weighed.ensemble.weights) weight /= sum;
      const bool known = std::any_of(weighed_.begin(), weighed_.end(), [&](const Weighed& other) {
        return other.ensemble == weighed.ensemble;
      });
      if (weighed.ensemble.members.size() >= 2 && !known) weighed_.push_back(std::move(weighed));
    }
  }

  std::vector<double> weights_of(const std::string& method, Combiner combiner,
                                 const MemberAnswers& answers, std::size_t num_members,
                                 std::string& note) const {
    std::vector<double> weights(num_members, 1);
    if (method == "accuracy") {
      for (std::size_t m = 0; m < num_members; ++m)
        weights[m] = accuracy_of(answers.log_p[m], answers.gold);
    } else if (method == "greedy") {
      std::fill(weights.begin(), weights.end(), 0.0);
      for (const std::size_t m :
           greedy_members(answers, combiner, context_.task.metric, context_.task.labels,
                          static_cast<std::size_t>(options_.greedy_members)))
        weights[m] = 1;
    } else if (method == "learned") {
      const auto objective =
          options_.objective == "mixture" ? WeightObjective::mixture : WeightObjective::log_linear;
      const LearnedWeights learned = options_.optimiser == "lpaqa"
                                         ? lpaqa_weights(answers, objective)
                                         : exponentiated_gradient(answers, objective);
      weights = learned.weights;
      note += ": gap " + in_digits(learned.gap) + " nats, entropy " + in_digits(learned.entropy) +
              " nats, " + std::to_string(learned.num_steps) + " steps, log-likelihood " +
              in_digits(learned.objective) + " on " + options_.fit;
    }
    double sum = 0;
    for (const double weight : weights) sum += weight;
    for (double& weight : weights)
      weight = sum > 0 ? weight / sum : 1 / static_cast<double>(num_members);
    return weights;
  }

  EnsembleOptions options_;
  SearchContext context_;
  std::vector<Member> members_;
  bool has_labels_ = true, is_fitted_ = false;
  std::vector<Weighed> weighed_;
  std::size_t next_ = 0;
};

const Registration<EnsembleStrategy, EnsembleOptions> kEnsemble{
    "ensemble", "Lets the best prompts of another strategy answer together."};

}  // namespace
}  // namespace prospect
