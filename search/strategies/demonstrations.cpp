// Puts answered support examples before a prompt: which ones, and in what order.
//
// Which: random sets with the labels in turn, the examples that are most like the inputs (after
// KATE [liu2022] and LM-BFF [gao2021, sec. 6.2], but one set for all inputs), or a local search
// over sets on dev. In what order: by the entropy of the labels that an order leads to on inputs
// whose labels are not read [lu2022], or as they were chosen. Demonstrations are whole: what does
// not fit the model with an input of median length is refused before the run, with its tokens.
//
// Cost: the dev pool for each prompt; for the entropy of an order so many dev inputs as are probed.
// No oracle. A failed prompt is passed over. Exhausted when every set is scored, or, searching,
// after some rounds without a better one.

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <set>
#include <utility>

#include "core/error.h"
#include "search/detail/demonstration_choice.h"
#include "search/detail/demonstrations.h"
#include "search/detail/examples.h"
#include "search/detail/rng_state.h"
#include "search/detail/room.h"
#include "search/detail/scored.h"
#include "search/detail/text_starts.h"
#include "search/registry.h"

namespace prospect {
namespace {

constexpr int kMostSetDraws = 50;

struct DemonstrationOptions {
  std::int64_t count = 2;
  std::string choice = "sampled";
  std::int64_t sets = 4;
  std::string order = "entropy";
  std::string entropy = "global";
  std::int64_t orders = 24;
  std::int64_t keep_orders = 4;
  std::int64_t probe = 16;
  std::int64_t round = 8;
  std::int64_t patience = 5;
};

void describe(OptionVisitor& visit, DemonstrationOptions& options) {
  visit("count", options.count, "Demonstrations in a prompt.", between<std::int64_t>(1, 64));
  visit("choice", options.choice,
        "Which: random sets (sampled), the most similar to the inputs (similar), or a local search "
        "on dev that starts from a random set (searched).",
        {"sampled", "similar", "searched"});
  visit("sets", options.sets, "Random sets that are tried.", between<std::int64_t>(1, 1000));
  visit("order", options.order,
        "Orders that go to dev: the best by label entropy, or the one in which they were chosen.",
        {"entropy", "given"});
  visit("entropy", options.entropy,
        "Of the predicted labels' frequencies (global), or mean of the answers' own (local).",
        {"global", "local"});
  visit("orders", options.orders, "Orders of a set whose entropy is measured.",
        between<std::int64_t>(1, 1000));
  visit("keep_orders", options.keep_orders, "So many of them, the best, are scored on dev.",
        at_least<std::int64_t>(1));
  visit("probe", options.probe, "Dev inputs that entropy is measured on; no label is read.",
        at_least<std::int64_t>(2));
  visit("round", options.round, "Changed sets that a round of the search scores.",
        between<std::int64_t>(1, 4096));
  visit("patience", options.patience, "Rounds without a better set that end the search.",
        at_least<std::int64_t>(1));
}

using Ids = std::vector<std::string>;

class DemonstrationStrategy : public Strategy {
 public:
  DemonstrationStrategy(const DemonstrationOptions& options, SearchContext context)
      : options_(options),
        context_(std::move(context)),
        frame_(with_examples(text_starts(context_, {}).front(), {})),
        rng_(context_.rng) {
    for (const auto& example : context_.task.support)
      if (example.label >= 0) ids_.push_back(example.id);
    if (ids_.empty())
      fail(ErrorKind::input, "demonstrations",
           "expected labelled support examples, found none; another setting than 'zero' has them");
    refuse_what_does_not_fit();
    choose_sets();
  }

  Ask ask(const Room& room) override {
    Ask ask;
    std::int64_t left = room.cost;
    const auto add = [&](Proposal proposal) {
      left -= proposal_cost(proposal, context_);
      if (left >= 0) ask.proposals.push_back(std::move(proposal));
      return left >= 0;
    };
    if (!queue_.empty()) {
      for (const auto& ids : queue_)
        if (!add(proposal_of(ids, "scored on dev"))) break;
      asked_ = "queue";
    } else if (next_set_ < sets_.size()) {
      for (auto& ids : orders_of(sets_[next_set_])) {
        Proposal proposal = proposal_of(ids, "label entropy of an order");
        if (probes()) proposal.examples = probe_examples();
        if (!add(std::move(proposal))) break;
      }
      asked_ = probes() ? "probe" : "queue";
      if (!ask.proposals.empty() && !probes()) ++next_set_;
    } else if (options_.choice == "searched" && stale_ < options_.patience) {
      for (auto& ids : changed_sets())
        if (!add(proposal_of(ids, "changed"))) break;
      asked_ = "changed";
    }
    return ask;
  }

  void tell(std::span<const Trial> trials) override {
    if (trials.empty()) return;
    if (asked_ == "probe") {
      take_orders(trials);
      return;
    }
    bool better_found = false;
    for (const auto& trial : trials) {
      const Scored scored = scored_by(trial);
      if (scored.value == kUnscored || (best_ && !better(scored, *best_))) continue;
      best_ = scored;
      better_found = true;
    }
    if (asked_ == "changed")
      stale_ = better_found ? 0 : stale_ + 1;
    else
      queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(
                                                        std::min(queue_.size(), trials.size())));
  }

  State save() const override {
    return {{{"asked", asked_},
             {"best", to_json(best_)},
             {"next_set", next_set_},
             {"queue", queue_},
             {"rng", rng_to_json(rng_)},
             {"seen", seen_},
             {"stale", stale_}},
            {}};
  }

  void restore(const State& state) override {
    const Json& values = state.values;
    auto asked = values.at("asked").get<std::string>();
    auto best = optional_scored_from_json(values.at("best"));
    const auto next_set = values.at("next_set").get<std::size_t>();
    auto queue = values.at("queue").get<std::vector<Ids>>();
    const Rng rng = rng_from_json(values.at("rng"));
    auto seen = values.at("seen").get<std::set<std::string>>();
    const auto stale = values.at("stale").get<std::int64_t>();
    asked_ = std::move(asked);
    best_ = std::move(best);
    next_set_ = next_set;
    queue_ = std::move(queue);
    rng_ = rng;
    seen_ = std::move(seen);
    stale_ = stale;
  }

 private:
  std::size_t count() const { return static_cast<std::size_t>(options_.count); }
  bool probes() const { return options_.order == "entropy" && count() > 1; }

  // With the shortest examples; if they do not fit, none do.
  void refuse_what_does_not_fit() const {
    const auto& support = context_.task.support;
    std::vector<ExampleIndex> order(support.size());
    std::iota(order.begin(), order.end(), ExampleIndex{0});
    const auto length = [&](ExampleIndex i) {
      std::size_t size = 0;
      for (const auto& [name, text] : support[i].fields)
        size += context_.vocabulary.encode(text, false).size();
      return size;
    };
    std::stable_sort(order.begin(), order.end(),
                     [&](ExampleIndex a, ExampleIndex b) { return length(a) < length(b); });
    const std::size_t fitting = pack_demonstrations(frame_, order, count(), context_).size();
    if (fitting == count()) return;
    Ids shortest;
    for (const ExampleIndex i : order)
      if (shortest.size() < count() && support[i].label >= 0) shortest.push_back(support[i].id);
    if (shortest.size() < count())
      fail(ErrorKind::input, "option 'count'", "expected at most ", shortest.size(),
           " demonstrations, the labelled support examples, found ", count());
    fail(ErrorKind::input, "option 'count'", "expected demonstrations that fit the model, found a ",
         "prompt of ", fit_of(with_examples(frame_, shortest), context_).num_tokens,
         " tokens with the ", count(), " shortest support examples and an input of median length, ",
         "which is cut; ", fitting, fitting == 1 ? " fits" : " fit",
         ": use as many, or a model with more positions");
  }

  void choose_sets() {
    const auto& support = context_.task.support;
    if (options_.choice == "similar") {
      add_set(by_similarity(support, context_.task.dev, context_.vocabulary));
      return;
    }
    const std::int64_t wanted = options_.choice == "searched" ? 1 : options_.sets;
    for (int draw = 0; draw < kMostSetDraws && static_cast<std::int64_t>(sets_.size()) < wanted;
         ++draw)
      add_set(draw_examples(support.size(), support.size(), rng_));
  }

  void add_set(const std::vector<ExampleIndex>& order) {
    Ids ids = pack_demonstrations(frame_, order, count(), context_);
    if (ids.empty() || std::find(sets_.begin(), sets_.end(), ids) != sets_.end()) return;
    sets_.push_back(std::move(ids));
  }

  Proposal proposal_of(const Ids& ids, const char* note) const {
    return {with_examples(frame_, ids), Pool::dev, {}, {{}, note}};
  }

  // All orders, or so many random ones, the given one first; without probing that one alone.
  std::vector<Ids> orders_of(const Ids& set) const {
    if (!probes()) return {set};
    const auto most = static_cast<std::size_t>(options_.orders);
    std::vector<Ids> orders{set};
    Ids order = set;
    if (set.size() <= 6) {
      std::sort(order.begin(), order.end());
      do {
        if (order != set) orders.push_back(order);
      } while (std::next_permutation(order.begin(), order.end()));
    }
    Rng rng = context_.rng;
    if (set.size() > 6)
      for (int draw = 0; draw < 4 * kMostSetDraws && orders.size() < most; ++draw) {
        rng.shuffle(order);
        if (std::find(orders.begin(), orders.end(), order) == orders.end()) orders.push_back(order);
      }
    else if (orders.size() > most)
      rng.shuffle(orders);
    if (orders.size() > most) orders.resize(most);
    return orders;
  }

  // The same inputs for every order.
  std::vector<ExampleIndex> probe_examples() const {
    Rng rng = context_.rng;
    auto examples =
        draw_examples(context_.task.dev.size(), static_cast<std::size_t>(options_.probe), rng);
    std::sort(examples.begin(), examples.end());
    return examples;
  }

  // The best orders by entropy go to dev.
  void take_orders(std::span<const Trial> trials) {
    std::vector<std::pair<double, Ids>> orders;
    for (const auto& trial : trials) {
      if (trial.status != Status::scored) continue;
      const auto& candidate = std::get<Candidate>(trial.entry);
      const LabelEntropy entropy =
          label_entropy(label_log_probs(candidate.verbalizer, trial.outcome.rows));
      orders.emplace_back(options_.entropy == "global" ? entropy.global : entropy.local,
                          candidate.demonstrations.example_ids);
    }
    std::stable_sort(orders.begin(), orders.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    if (orders.size() > static_cast<std::size_t>(options_.keep_orders))
      orders.resize(static_cast<std::size_t>(options_.keep_orders));
    for (auto& [entropy, ids] : orders) queue_.push_back(std::move(ids));
    ++next_set_;
  }

  // Neighbours of the best set: two change places, or one gives way to another.
  std::vector<Ids> changed_sets() {
    std::vector<Ids> changed;
    Candidate from = best_ ? best_->candidate : with_examples(frame_, sets_.front());
    for (int draw = 0;
         draw < kMostSetDraws && static_cast<std::int64_t>(changed.size()) < options_.round;
         ++draw) {
      Candidate candidate = from;
      const char* move = rng_.below(3) == 0 ? "demonstration_swap" : "demonstration_exchange";
      if (!edit_demonstrations(move, ids_, count(), candidate, rng_)) continue;
      const Ids& ids = candidate.demonstrations.example_ids;
      if (seen_.insert(candidate_key(candidate)).second && fit_of(candidate, context_).fits)
        changed.push_back(ids);
    }
    return changed;
  }

  DemonstrationOptions options_;
  SearchContext context_;
  Candidate frame_;
  Ids ids_;
  Rng rng_;
  std::vector<Ids> sets_;

  std::string asked_;  // what the last ask was for
  std::size_t next_set_ = 0;
  std::vector<Ids> queue_;
  std::optional<Scored> best_;
  std::set<std::string> seen_;
  std::int64_t stale_ = 0;
};

const Registration<DemonstrationStrategy, DemonstrationOptions> kDemonstrations{
    "demonstrations", "Puts answered examples before a prompt: which ones, and in what order."};

}  // namespace
}  // namespace prospect
