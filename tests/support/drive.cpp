#include "tests/support/drive.h"

#include <algorithm>
#include <limits>

#include "core/ensemble.h"
#include "core/error.h"
#include "search/detail/room.h"
#include "search/registry.h"
#include "tests/support/toy_providers.h"

namespace prospect::test {
namespace {

Trial score(const Proposal& proposal, const Task& task, ToyModel& model) {
  const auto pool = task.pool(proposal.pool);
  Trial trial;
  trial.entry = proposal.entry;
  trial.outcome.pool = proposal.pool;
  trial.outcome.examples = proposal.examples;
  if (trial.outcome.examples.empty()) {
    for (ExampleIndex i = 0; i < pool.size(); ++i) trial.outcome.examples.push_back(i);
  }
  std::vector<Example> examples;
  std::vector<Row> rows;
  for (const auto index : trial.outcome.examples) {
    rows.push_back({0, static_cast<std::uint32_t>(rows.size())});
    examples.push_back(pool[index]);
  }
  std::vector<std::vector<RowOutcome>> parts;
  for (const auto& part : parts_of(proposal.entry)) {
    const Candidate read =
        proposal.vectors.size() > 0 ? model.toy_oracles.projected(part, proposal.vectors) : part;
    parts.push_back(model.scorer().score({{&read, 1}, examples, {}, rows, {}}));
    const Failure* failure = first_failure(parts.back());
    if (failure == nullptr) continue;
    trial.status = Status::failed;
    trial.reason = failure->reason;
    trial.outcome = {};
    return trial;
  }
  const auto* ensemble = std::get_if<Ensemble>(&proposal.entry);
  trial.outcome.rows = ensemble == nullptr ? parts.front() : mixed_rows(*ensemble, parts);
  trial.evaluation = evaluate(task.metric, task.labels, outcome_verbalizer(proposal.entry),
                              examples, trial.outcome.rows);
  return trial;
}

}  // namespace

std::unique_ptr<Strategy> make_toy_strategy(const std::string& name, const Json& options,
                                            const Task& task, ToyModel& model, std::uint64_t seed,
                                            std::vector<Trial> seeds, Providers providers) {
  static ToyScanner scanner;
  static ToyParsers parsers;
  if (providers.scanner == nullptr) providers.scanner = &scanner;
  if (providers.parsers == nullptr) providers.parsers = &parsers;
  return find_strategy(name, "test")
      .make(JsonReader(options, name), SearchContext{task,
                                                     model.vocabulary(),
                                                     model.scorer(),
                                                     model.oracles(),
                                                     {},
                                                     std::move(seeds),
                                                     Rng(seed, name),
                                                     {},
                                                     providers});
}

Drive drive(Strategy& strategy, const Task& task, ToyModel& model, std::int64_t budget, int rounds,
            const std::function<void(Trial&)>& mishap, TrialId first_id) {
  Drive result;
  const SearchContext context{task, model.vocabulary(), model.scorer(), model.oracles(), {},
                              {},   Rng(0, "drive")};
  TrialId next_id = first_id;
  for (int round = 0; round < rounds; ++round) {
    const std::int64_t gradients_before = model.toy_oracles.num_gradient_rows;
    const std::int64_t slots_before = model.toy_oracles.num_slot_rows;
    const std::int64_t heads_before = model.toy_oracles.num_head_rows;
    const std::int64_t texts_before =
        model.toy_oracles.num_generation_rows + model.toy_oracles.num_likelihood_rows;
    Ask ask = strategy.ask({budget - result.spent});
    result.spent += model.toy_oracles.num_generation_rows + model.toy_oracles.num_likelihood_rows -
                    texts_before;
    result.spent += model.toy_oracles.num_head_rows - heads_before;
    result.spent += kGradientCost * (model.toy_oracles.num_gradient_rows - gradients_before);
    result.spent += model.toy_oracles.num_slot_rows - slots_before;
    if (ask.proposals.empty()) {
      result.exhausted = true;
      return result;
    }
    std::vector<Trial> trials;
    AskCost cost(context);
    for (const auto& proposal : ask.proposals) {
      Trial& trial = trials.emplace_back(score(proposal, task, model));
      trial.id = next_id++;
      result.spent += cost.add(proposal);
      mishap(trial);
    }
    strategy.tell(trials);
    result.asks.push_back(std::move(ask.proposals));
    result.trials.insert(result.trials.end(), trials.begin(), trials.end());
  }
  return result;
}

double best_dev(const Drive& drive, const Task& task) {
  double best = -std::numeric_limits<double>::infinity();
  for (const auto& trial : drive.trials) {
    if (trial.status == Status::scored && trial.outcome.pool == Pool::dev &&
        trial.outcome.examples.size() == task.dev.size())
      best = std::max(best, trial.evaluation.value);
  }
  return best;
}

std::string transcript(const Drive& drive) {
  std::string text;
  for (const auto& ask : drive.asks) {
    for (const auto& proposal : ask) {
      text += std::string(name_of(proposal.pool)) + Json(proposal.examples).dump() +
              to_json(proposal.entry).dump() + "\n";
    }
    text += "\n";
  }
  return text;
}

}  // namespace prospect::test
