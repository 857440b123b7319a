#include "experiments/rate_probe.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "datasets/thesaurus.h"
#include "experiments/cached_scorer.h"
#include "experiments/charged_oracles.h"
#include "experiments/checked_strategy.h"
#include "experiments/chunked_scorer.h"
#include "experiments/controls.h"
#include "experiments/helper_models.h"
#include "experiments/precision_ladder.h"
#include "experiments/selection.h"
#include "experiments/trial_scorer.h"
#include "search/registry.h"

namespace prospect {
namespace {

// A strategy's first ask is often unlike the others.
constexpr int kLeastAsks = 2;
// Rows that bring the model's pages and threads up before anything is timed.
constexpr std::size_t kWarmRows = 64;
constexpr int kMostWarmPasses = 20;
constexpr double kSettled = 0.95;  // of the pass before

// Thrown where a strategy was looked at for long enough.
struct Enough {};

// The task of the first split, as the study will have it.
Task first_task(const Experiment& experiment, const Model& model) {
  Task task = split_task(experiment, experiment.spec.split_seeds.front());
  put_answerable_first(task, model.vocabulary(), experiment.spec.scoring);
  return task;
}

class RateProbe {
 public:
  RateProbe(const Experiment& experiment, Model& model, const ProbeOptions& options,
            HelperModels* helpers)
      : spec_(experiment.spec),
        options_(options),
        task_(first_task(experiment, model)),
        model_(model),
        counting_(model.scorer(), model.vocabulary(), "", nullptr),
        chunked_(
            counting_, spec_.scoring, [this] { poll(); }, can_screen(spec_)),
        helper_oracles_(helpers, model, exact_spec(spec_.scoring)),
        oracles_(
            model.oracles(), [this] { check_stop(); }, helper_oracles_.oracles()),
        thesaurus_(make_thesaurus()),
        scorer_(task_, chunked_, spec_.seeds.front(), spec_.racing, spec_.calibration) {
    chunked_.serve_vectors(model.oracles().gradient());
  }

  // Of the manual prompt on the dev examples, after a warm-up.
  void measure_rows(MeasuredRates& rates) {
    const auto [candidate, fault] = control_candidate(Control::manual, task_);
    const auto [empty, empty_fault] = control_candidate(Control::empty, task_);
    const Candidate& shown = fault.empty() ? candidate : empty;
    if ((!fault.empty() && !empty_fault.empty()) || task_.dev.empty()) return;
    const Candidate expanded = with_demonstrations(shown, task_);
    const std::span<const Example> dev = task_.dev;
    warm_rows(expanded, dev.first(std::min(kWarmRows, dev.size())));
    const ScorerWork before = counting_.work();
    const double begin = options_.clock();
    do {
      chunked_.score(expanded, dev);
    } while (options_.clock() - begin < options_.seconds_each / 4);
    const auto rows = static_cast<double>(counting_.work().requested - before.requested);
    rates.seconds_per_row = (options_.clock() - begin) / rows;
    rates.tokens_per_row = static_cast<double>(counting_.work().tokens - before.tokens) / rows;
  }

  // A process is slow at first: weights are packed, pages touched, clocks raised. Rows are scored
  // until a pass takes about as long as the one before.
  void warm_rows(const Candidate& candidate, std::span<const Example> examples) {
    double before = std::numeric_limits<double>::infinity();
    for (int i = 0; i < kMostWarmPasses; ++i) {
      const double begin = options_.clock();
      chunked_.score(candidate, examples);
      const double seconds = options_.clock() - begin;
      if (seconds >= kSettled * before) return;
      before = seconds;
    }
  }

  // The first gradient of a process takes several times what the later ones do.
  void warm_gradients() {
    const auto needs_gradient = [&](const StrategySpec& strategy) {
      const auto& needs = find_strategy(strategy.name, spec_.file.string()).needs;
      return std::find(needs.begin(), needs.end(), OracleKind::gradient) != needs.end();
    };
    GradientOracle* oracle = model_.oracles().gradient();
    auto [candidate, fault] = control_candidate(Control::empty, task_);
    if (oracle == nullptr || !fault.empty() || task_.support.empty() ||
        std::none_of(spec_.strategies.begin(), spec_.strategies.end(), needs_gradient))
      return;
    auto pieces = candidate.tmpl.pieces();
    pieces.insert(pieces.begin(), TriggerSlots{{kUnsetToken}});
    candidate.tmpl = Template(std::move(pieces));
    const std::span<const Example> support = task_.support;
    oracle->at_tokens(candidate, support.first(std::min(kWarmRows, support.size())), {});
  }

  void measure_strategies(MeasuredRates& rates) {
    warm_gradients();
    std::int64_t left = spec_.budget.evaluations /
                        static_cast<std::int64_t>(spec_.split_seeds.size() * spec_.seeds.size());
    for (std::size_t i = 0; i < spec_.strategies.size(); ++i) {
      const std::int64_t room = next_share(left, spec_.strategies.size() - i);
      options_.note("measuring " + spec_.strategies[i].label);
      rates.strategies.push_back(measure(spec_.strategies[i], room));
      left -= rates.strategies.back().exhausted ? rates.strategies.back().evaluations : room;
    }
  }

 private:
  void check_stop() const {
    if (options_.stop_requested()) throw Interrupted{};
  }
  // Before each piece of scoring.
  void poll() const {
    check_stop();
    const bool has_piece = counting_.work().requested > rows_at_ask_;
    if (until_ && has_piece && options_.clock() >= *until_) throw Enough{};
  }

  std::unique_ptr<CheckedStrategy> make(const StrategySpec& strategy) {
    std::vector<Trial> seeds;
    if (strategy.init)
      for (const auto& best : best_of(standing_[strategy.init->of], strategy.init->top))
        seeds.push_back(as_trial(best));
    return make_strategy(spec_, strategy,
                         {.task = task_,
                          .vocabulary = model_.vocabulary(),
                          .scorer = model_.scorer(),
                          .oracles = oracles_,
                          .spec = {},
                          .seeds = std::move(seeds),
                          .rng = Rng(spec_.seeds.front(), "forecast/" + strategy.label),
                          .folder = {},
                          .providers = {.thesaurus = thesaurus_.get()},
                          .vectors = [this](BlobId id) { return vectors_.at(id); }});
  }

  StrategyRate measure(const StrategySpec& spec, std::int64_t room) {
    StrategyRate rate;
    rate.label = spec.label;
    Meter meter(room, 0);
    oracles_.charge_to(&meter);
    unit_standing_.clear();
    const double end = options_.clock() + options_.seconds_each;
    const auto strategy = make(spec);
    for (int asks = 0; asks < kLeastAsks || options_.clock() < end; ++asks) {
      const std::int64_t before = meter.spent();
      const bool more = look_at_ask(*strategy, spec.label, meter, end, rate);
      if (meter.spent() > before) rate.ask_evaluations = meter.spent() - before;
      if (rate.exhausted && meter.left() < std::max<std::int64_t>(1, rate.ask_evaluations))
        rate.room = room;
      if (!more || meter.spent() == before) break;
    }
    oracles_.charge_to(nullptr);
    rate.evaluations = meter.spent();
    return rate;
  }

  // Times one ask, its scoring as far as the time goes; false where there is nothing more to see.
  bool look_at_ask(CheckedStrategy& strategy, const std::string& label, Meter& meter, double end,
                   StrategyRate& rate) {
    const double begin = options_.clock();
    Ask ask;
    try {
      ask = strategy.ask(Room{meter.left()});
    } catch (const OutOfRoom&) {
      rate.exhausted = true;
    }
    if (ask.proposals.empty()) {
      rate.exhausted = true;
      rate.seconds += options_.clock() - begin;
      return false;
    }
    strategy.check(ask, Room{meter.left()});
    rate.trials += static_cast<std::int64_t>(ask.proposals.size());
    const double scoring_begin = options_.clock();
    rate.seconds += scoring_begin - begin;
    const ScorerWork before = counting_.work();
    const std::int64_t spent_before = meter.spent();
    rows_at_ask_ = before.requested;
    until_ = end;
    std::vector<ScoredProposal> scored;
    bool whole = true;
    try {
      scored = scorer_.score(ask, meter, &unit_standing_);
    } catch (const Enough&) {
      whole = false;
    }
    until_.reset();
    const double seconds = options_.clock() - scoring_begin;
    const std::int64_t tokens = counting_.work().tokens - before.tokens;
    const double factor = whole ? 1
                                : rest_factor(ask, meter.spent() - spent_before,
                                              counting_.work().requested - before.requested);
    rate.seconds += factor * seconds;
    rate.tokens += std::llround(factor * static_cast<double>(tokens));
    if (!whole) return false;
    tell(strategy, label, ask, std::move(scored));
    return true;
  }

  // How many times the rows that were scored are those that the ask needs: what was charged, as far
  // as no two of its cells (candidate, example) are the same.
  double rest_factor(const Ask& ask, std::int64_t charged, std::int64_t num_scored) const {
    std::int64_t num_rows = 0;
    std::set<std::pair<std::string, ExampleIndex>> cells;
    for (const auto& proposal : ask.proposals) {
      const std::string identity =
          std::string(name_of(proposal.pool)) + dump_json(to_json(proposal.entry));
      const std::size_t pool_size = task_.pool(proposal.pool).size();
      num_rows += static_cast<std::int64_t>(proposal.examples.empty() ? pool_size
                                                                      : proposal.examples.size());
      for (const ExampleIndex example : proposal.examples) cells.emplace(identity, example);
      if (proposal.examples.empty())
        for (ExampleIndex example = 0; example < pool_size; ++example)
          cells.emplace(identity, example);
    }
    const auto* candidate = std::get_if<Candidate>(&ask.proposals.front().entry);
    const std::int64_t row_cost = candidate == nullptr ? 1 : chunked_.cost(*candidate);
    const double distinct = static_cast<double>(cells.size()) / static_cast<double>(num_rows);
    return std::max(
        1.0, distinct * static_cast<double>(charged) / static_cast<double>(row_cost * num_scored));
  }

  void tell(CheckedStrategy& strategy, const std::string& label, const Ask& ask,
            std::vector<ScoredProposal> scored) {
    std::vector<Trial> trials;
    for (std::size_t i = 0; i < scored.size(); ++i) {
      TrialRecord record = record_of(task_, ask.proposals[i], std::move(scored[i]));
      record.id = next_id_++;
      trials.push_back(as_trial(record));
      if (const auto* soft = std::get_if<SoftPrompt>(&record.entry))
        vectors_[soft->vectors] = record.vectors;
      if (record.stands) standing_[label].push_back(std::move(record));
    }
    strategy.tell(trials);
  }

  const ExperimentSpec& spec_;
  const ProbeOptions& options_;
  const Task task_;
  Model& model_;
  CachedScorer counting_;
  ChunkedScorer chunked_;
  HelperOracles helper_oracles_;
  ChargedOracles oracles_;
  std::unique_ptr<Thesaurus> thesaurus_;
  TrialScorer scorer_;
  std::map<std::string, std::vector<TrialRecord>> standing_;
  Standing unit_standing_;
  std::map<BlobId, MatrixXf> vectors_;
  TrialId next_id_ = 1;
  std::optional<double> until_;  // set while a strategy's proposals are scored
  std::int64_t rows_at_ask_ = 0;
};

}  // namespace

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

MeasuredRates measure_rates(const Experiment& experiment, Model& model, double open_seconds,
                            const ProbeOptions& options, HelperModels* helpers) {
  MeasuredRates rates;
  rates.open_seconds = open_seconds;
  RateProbe probe(experiment, model, options, helpers);
  probe.measure_rows(rates);
  probe.measure_strategies(rates);
  return rates;
}

}  // namespace prospect
