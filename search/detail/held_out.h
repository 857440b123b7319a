#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/options.h"
#include "search/strategy.h"

namespace prospect {

struct HeldOutOptions {
  std::string scored_on = "dev";
  double confidence = 1;
};

void describe(OptionVisitor& visit, HeldOutOptions& options);

/// A search that asks for dev scores alone, made to search on the support examples: dev sees only
/// what is significantly better there.
///
/// A search that scores some hundred prompts on 32 dev examples ends with the luckiest, whose dev
/// score says little of it. Here the inner strategy's dev pool is the support pool. After each of
/// its asks the best prompt of it is compared with the champion, by log-likelihoods paired over the
/// support examples; where it leads by more than `confidence` standard errors it is scored on the
/// true dev pool, and becomes the champion unless dev says that it is worse. The first champion is
/// the best of the first ask.
class HeldOutSearch : public Strategy {
 public:
  using Make = std::function<std::unique_ptr<Strategy>(SearchContext)>;

  /// @throws Error (input) where there are no support examples.
  HeldOutSearch(const HeldOutOptions& options, const SearchContext& context, const Make& make);

  Ask ask(const Room& room) override;
  void tell(std::span<const Trial> trials) override;
  State save() const override;
  void restore(const State& state) override;

 private:
  /// A prompt with the gold label's log-probability for each support example.
  struct Contender {
    Candidate candidate;
    TrialId trial = 0;
    std::vector<double> gold_log_p;
    std::optional<double> dev_value, dev_log_likelihood;
  };
  static Json contender_to_json(const Contender& contender);
  static Contender contender_from_json(const Json& json);

  std::optional<Contender> contender_of(const Trial& trial) const;
  void tell_dev(const Trial& trial);

  HeldOutOptions options_;
  SearchContext context_;
  Task inner_task_;  // whose dev pool is the support pool
  std::unique_ptr<Strategy> inner_;
  std::optional<Contender> champion_, challenger_;  // the challenger waits for its dev score
};

/// The options of a strategy that may be held out, and its own.
template <class Options>
struct WithHeldOut : Options {
  HeldOutOptions held_out;
};

template <class Options>
void describe(OptionVisitor& visit, WithHeldOut<Options>& options) {
  describe(visit, static_cast<Options&>(options));
  describe(visit, options.held_out);
}

/// The strategy `S(const Options&, SearchContext)`, alone or held out, as its options say.
template <class S, class Options>
class MayBeHeldOut : public Strategy {
 public:
  MayBeHeldOut(const WithHeldOut<Options>& options, SearchContext context) {
    const auto make = [&options](SearchContext inner) -> std::unique_ptr<Strategy> {
      return std::make_unique<S>(options, std::move(inner));
    };
    if (options.held_out.scored_on == "dev")
      strategy_ = make(std::move(context));
    else
      strategy_ = std::make_unique<HeldOutSearch>(options.held_out, context, make);
  }

  Ask ask(const Room& room) override { return strategy_->ask(room); }
  void tell(std::span<const Trial> trials) override { strategy_->tell(trials); }
  State save() const override { return strategy_->save(); }
  void restore(const State& state) override { strategy_->restore(state); }

 private:
  std::unique_ptr<Strategy> strategy_;
};

}  // namespace prospect
