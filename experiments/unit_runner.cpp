#include "experiments/unit_runner.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/error.h"
#include "core/rng.h"
#include "experiments/selection.h"
#include "search/registry.h"

namespace prospect {
namespace {

// Progress sees the meter of the unit that runs, and never one that is gone.
class MeterOnShow {
 public:
  MeterOnShow(StudyParts& parts, Meter& meter) : parts_(parts) {
    parts_.meter = &meter;
    parts_.oracles.charge_to(&meter);
  }
  ~MeterOnShow() {
    parts_.meter = nullptr;
    parts_.oracles.charge_to(nullptr);
  }
  MeterOnShow(const MeterOnShow&) = delete;
  MeterOnShow& operator=(const MeterOnShow&) = delete;

 private:
  StudyParts& parts_;
};

}  // namespace

UnitRunner::UnitRunner(StudyParts& parts, const Task& task, const StrategySpec& spec,
                       TrialScorer& scorer, std::vector<Trial> seeds, UnitRecord& unit)
    : parts_(parts), task_(task), spec_(spec), scorer_(scorer), unit_(unit) {
  // A stream for each strategy and split: adding one never shifts another's choices.
  Rng rng(unit.seed, "strategy/" + spec.label + "/split/" + std::to_string(unit.split_seed));
  strategy_ = make_strategy(parts.spec, spec,
                            {.task = task,
                             .vocabulary = parts.model.vocabulary(),
                             .scorer = parts.model.scorer(),
                             .oracles = parts.oracles,
                             .spec = {},
                             .seeds = std::move(seeds),
                             .rng = rng,
                             .folder = {},
                             .providers = {.thesaurus = parts.thesaurus.get()},
                             .vectors = [&parts](BlobId id) { return parts.store.vectors(id); }});
  if (const auto state = parts.store.state(unit.id)) strategy_->restore(*state);
  const Budget& budget = parts.spec.budget;
  if (!parts.scorer.screens() && !budget.patience && !budget.target)
    return;  // then nobody asks what stands
  std::vector<TrialRecord> standing;
  parts.store.visit_standing(unit.id,
                             [&](TrialRecord&& trial) { standing.push_back(std::move(trial)); });
  standing_ = standing_of(standing);
  for (const auto& trial : standing) note(trial);
}

void UnitRunner::run() {
  while (advance()) {
  }
}

bool UnitRunner::advance() {
  begin_ = std::chrono::steady_clock::now();
  seconds_before_ = unit_.seconds;
  parts_.poll();
  std::string reason = met_limit();
  if (reason.empty()) reason = step();
  if (reason.empty()) return true;
  unit_.seconds = seconds_now();
  end(reason);
  return false;
}

std::string UnitRunner::met_limit() const {
  const Budget& budget = parts_.spec.budget;
  if (unit_.seconds_room && unit_.num_asks > 0 && unit_.seconds >= *unit_.seconds_room)
    return "seconds";
  if (unit_.trials_room && unit_.num_trials >= *unit_.trials_room) return "trials";
  if (budget.target && best_ && best_->value >= *budget.target) return "target";
  if (budget.patience && unit_.spent - best_at_ >= *budget.patience) return "patience";
  return "";
}

void UnitRunner::note(const TrialRecord& record) {
  if (!record.stands || (best_ && !better(merit_of(record), *best_))) return;
  best_ = merit_of(record);
  best_at_ = record.spent;
}

double UnitRunner::seconds_now() const {
  return seconds_before_ +
         std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
}

std::string UnitRunner::step() {
  Meter meter(unit_.room, unit_.spent);
  if (unit_.tokens_room)
    meter.limit_tokens(parts_.model.vocabulary(), *unit_.tokens_room, unit_.tokens);
  const MeterOnShow on_show(parts_, meter);
  parts_.oracles.take_uses();  // of an ask that was interrupted

  Ask ask;
  try {
    ask = strategy_->ask(Room{meter.left()});
  } catch (const OutOfRoom&) {
    take_counts(meter);
    return std::string(meter.refusal());
  }
  if (ask.proposals.empty()) {
    take_counts(meter);
    return "exhausted";
  }
  strategy_->check(ask, Room{meter.left()});
  std::vector<TrialRecord> records = score(ask, meter);
  std::vector<Trial> trials;
  for (const auto& record : records) trials.push_back(as_trial(record));
  strategy_->tell(trials);

  const bool has_spent = meter.spent() > unit_.spent;
  take_counts(meter);
  ++unit_.num_asks;
  unit_.seconds = seconds_now();
  for (auto& record : records) record.spent = unit_.spent;
  parts_.store.put_ask(unit_, records, parts_.oracles.take_uses(), strategy_->save());

  best_of_ask_.reset();
  for (const auto& record : records) {
    note(record);
    if (record.stands && (!best_of_ask_ || better(merit_of(record), *best_of_ask_)))
      best_of_ask_ = merit_of(record);
    auto& best = parts_.progress.best;
    if (record.stands && !(best && *best >= record.evaluation.value))
      best = record.evaluation.value;
  }
  parts_.progress.seconds = unit_.seconds;
  // What did not spend anything would not spend anything next time either.
  return has_spent ? "" : std::string(meter.refusal());
}

std::vector<TrialRecord> UnitRunner::score(const Ask& ask, Meter& meter) {
  // What is past the limit of trials is told as dropped and never scored.
  Ask fitting = ask;
  if (unit_.trials_room)
    fitting.proposals.resize(std::min(
        ask.proposals.size(), static_cast<std::size_t>(*unit_.trials_room - unit_.num_trials)));
  unit_.num_trials += static_cast<std::int64_t>(fitting.proposals.size());
  std::vector<ScoredProposal> scored = scorer_.score(fitting, meter, &standing_);
  while (scored.size() < ask.proposals.size())
    scored.push_back({.status = Status::dropped, .reason = "past the budget"});
  std::vector<TrialRecord> records;
  TrialId id = parts_.store.next_trial_id();
  for (std::size_t i = 0; i < scored.size(); ++i) {
    parts_.ladder_work = parts_.ladder_work + scored[i].ladder;
    const std::vector<Candidate> expanded = std::move(scored[i].expanded);
    TrialRecord record = record_of(task_, ask.proposals[i], std::move(scored[i]));
    record.id = id++;
    record.unit = unit_.id;
    record.ask = unit_.num_asks;
    if (record.stands)
      record.shown = show(record.entry, expanded, parts_.model.vocabulary(), task_.dev);
    records.push_back(std::move(record));
  }
  return records;
}

void UnitRunner::take_counts(const Meter& meter) {
  unit_.spent = meter.spent();
  unit_.tokens = meter.tokens();
}

void UnitRunner::end(const std::string& reason) {
  unit_.stop = reason;
  parts_.store.end_unit(unit_, parts_.oracles.take_uses());
}

}  // namespace prospect
