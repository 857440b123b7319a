#include "experiments/trial_scorer.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <numeric>
#include <set>
#include <utility>

#include "core/ensemble.h"
#include "core/error.h"
#include "core/expected_value.h"
#include "core/racing.h"
#include "core/unlabelled.h"
#include "experiments/entry_rows.h"
#include "experiments/selection.h"

namespace prospect {
namespace {

// A first block that says little about each label would only add noise.
constexpr std::size_t kLeastFirstBlock = 8, kFirstBlockPerLabel = 2;
// Beyond this many the cells are forgotten: scoring one again costs time, never a result.
constexpr std::size_t kMostCells = 2'000'000;

std::string identity_of(const Candidate& candidate) {
  return dump_json(to_json(candidate));
}

std::string identity_of(const Entry& entry) {
  if (const auto* candidate = std::get_if<Candidate>(&entry)) return identity_of(*candidate);
  return dump_json(to_json(entry));
}

}  // namespace

bool is_whole_dev(const Task& task, Pool pool, std::span<const ExampleIndex> examples) {
  if (pool != Pool::dev || examples.size() != task.dev.size()) return false;
  const std::set<ExampleIndex> distinct(examples.begin(), examples.end());
  return distinct.size() == examples.size();
}

TrialRecord record_of(const Task& task, const Proposal& proposal, ScoredProposal scored) {
  TrialRecord record;
  record.entry = proposal.entry;
  record.provenance = proposal.provenance;
  record.vectors = proposal.vectors;
  record.status = scored.status;
  record.reason = std::move(scored.reason);
  record.stands = scored.status == Status::scored &&
                  is_whole_dev(task, scored.outcome.pool, scored.outcome.examples);
  record.outcome = std::move(scored.outcome);
  record.evaluation = scored.evaluation;
  record.cost = scored.cost;
  return record;
}

TrialScorer::TrialScorer(const Task& task, ChunkedScorer& scorer, std::uint64_t seed,
                         RacingRule racing, Calibration calibration)
    : task_(task),
      scorer_(scorer),
      seed_(seed),
      racing_(racing),
      metric_(find_metric(task.metric)),
      calibration_(calibration),
      is_unlabelled_(are_unlabelled(task.dev)),
      content_free_(content_free_examples(calibration, task.fields)) {}

Standing standing_of(std::span<const TrialRecord> trials) {
  Standing standing;
  for (const auto& trial : trials) standing[identity_of(trial.entry)] = merit_of(trial.evaluation);
  return standing;
}

std::vector<ScoredProposal> TrialScorer::score(const Ask& ask, Meter& meter, Standing* standing) {
  if (num_cells_ > kMostCells) {
    cells_.clear();
    num_cells_ = 0;
  }
  passes_ = {};
  std::vector<Runner> runners;
  for (const auto& proposal : ask.proposals)
    runners.push_back(make_runner(proposal, runners.size()));
  std::vector<Runner*> all;
  for (auto& runner : runners) all.push_back(&runner);

  Race race = make_race(rule_for(ask, runners), runners);
  run(std::move(all), race, ask, meter);
  Standing none;
  if (scorer_.screens()) rescore(runners, ask, standing == nullptr ? none : *standing);

  std::vector<ScoredProposal> results;
  for (auto& runner : runners) {
    finish(runner);
    results.push_back(std::move(runner.result));
  }
  return results;
}

TrialScorer::Runner TrialScorer::make_runner(const Proposal& proposal, std::size_t index) const {
  const std::size_t pool_size = task_.pool(proposal.pool).size();
  Runner runner{.proposal = &proposal, .index = index};
  runner.identity = identity_of(proposal.entry);
  runner.verbalizer = outcome_verbalizer(proposal.entry);
  runner.examples = proposal.examples;
  if (runner.examples.empty()) {
    runner.examples.resize(pool_size);
    std::iota(runner.examples.begin(), runner.examples.end(), ExampleIndex{0});
  }
  for (const ExampleIndex example : runner.examples)
    if (example >= pool_size)
      fail(ErrorKind::internal, "study", "expected examples below ", pool_size, " in the pool '",
           name_of(proposal.pool), "', found ", example);
  runner.seen.resize(runner.examples.size());

  if (runner.examples.empty()) {
    runner.result.status = Status::failed;
    runner.result.reason = "the pool '" + std::string(name_of(proposal.pool)) + "' has no examples";
  }
  for (auto& candidate : parts_of(proposal.entry)) {
    Part& part = runner.parts.emplace_back();
    runner.row_cost += scorer_.cost(candidate);
    part.identity = proposal.vectors.size() > 0 ? runner.identity : identity_of(candidate);
    part.candidate = std::move(candidate);
    part.rows.resize(runner.examples.size());
    try {
      part.expanded = with_demonstrations(part.candidate, task_);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::input && error.kind() != ErrorKind::unsupported) throw;
      runner.result.status = Status::failed;
      runner.result.reason = error.message();
    }
  }
  for (const auto& part : runner.parts) runner.result.expanded.push_back(part.expanded);
  if (runner.is_candidate())
    runner.shares = scorer_.shares_passes(std::get<Candidate>(proposal.entry));
  return runner;
}

TrialScorer::Block TrialScorer::Runner::seen_places() const {
  Block places;
  for (std::size_t i = 0; i < examples.size(); ++i)
    if (seen[i]) places.push_back(i);
  return places;
}

// The rule of this ask's race; `off` where there is none.
RacingRule TrialScorer::rule_for(const Ask& ask, std::span<const Runner> runners) const {
  if (racing_ == RacingRule::off || ask.keep == 0 || runners.size() <= ask.keep + ask.spared)
    return RacingRule::off;
  const Runner& first = runners.front();
  const Pool pool = first.proposal->pool;
  const bool same_examples = std::all_of(runners.begin(), runners.end(), [&](const Runner& runner) {
    return runner.proposal->pool == pool && runner.examples == first.examples;
  });
  if (!same_examples || is_unlabelled_) return RacingRule::off;
  if (racing_ == RacingRule::standard && pool == Pool::dev && first.examples.size() < kLeastRaced)
    return RacingRule::off;
  const bool terms = ask.rank_by == RankBy::metric && metric_.is_mean && pool != Pool::unlabelled;
  const bool few = racing_ == RacingRule::standard && first.examples.size() < kLeastRaced;
  return terms && !few ? racing_ : RacingRule::halving;
}

TrialScorer::Race TrialScorer::make_race(RacingRule rule, std::span<const Runner> runners) const {
  Race race{.rule = rule, .order = {}, .ends = {}, .record = {}};
  if (rule == RacingRule::off) return race;
  const Runner& first = runners.front();
  const Pool pool = first.proposal->pool;
  std::vector<std::int32_t> labels;
  for (const ExampleIndex example : first.examples)
    labels.push_back(task_.pool(pool)[example].label);
  // The same stream for every race of a search: on the same examples all races see one order.
  Rng rng(seed_, "racing/" + std::string(name_of(pool)));
  const std::size_t first_block =
      std::max(kLeastFirstBlock, kFirstBlockPerLabel * task_.labels.size());
  const auto schedule = stratified_blocks(labels, first_block, rng);
  race.order.assign(schedule.order.begin(), schedule.order.end());
  race.ends = race_ends(rule, labels.size(), first_block);
  for (const std::size_t at : race.order) race.record.labels.push_back(labels[at]);
  race.record.values.setConstant(static_cast<Eigen::Index>(runners.size()),
                                 static_cast<Eigen::Index>(labels.size()),
                                 std::numeric_limits<double>::quiet_NaN());
  race.record.log_likelihoods = race.record.values;
  return race;
}

void TrialScorer::run(std::vector<Runner*> alive, Race& race, const Ask& ask, Meter& meter) {
  if (race.rule == RacingRule::off) {  // everything at once
    for (Runner* runner : alive) runner->take_all();
    admit(alive, 0, meter);
    score_blocks(alive, Pass::screen);
    return;
  }
  const std::size_t num_examples = race.order.size();
  for (std::size_t at = 0; at < race.ends.size() && !alive.empty(); ++at) {
    for (Runner* runner : alive) {
      runner->block.clear();
      const std::size_t end = race.ends[at];
      if (at == 0) {
        for (const std::size_t place : first_places(race.rule, runner->index, num_examples, end))
          runner->block.push_back(race.order[place]);
      } else {
        for (std::size_t place = 0; place < end; ++place)
          if (!runner->seen[race.order[place]]) runner->block.push_back(race.order[place]);
      }
    }
    admit(alive, ask.spared, meter);
    score_blocks(alive, Pass::screen);
    if (at + 1 == race.ends.size()) break;
    record(alive, race);
    eliminate(alive, race, at, ask);
  }
}

// Charges the block of each runner, best first, as far as the room reaches.
void TrialScorer::admit(std::vector<Runner*>& alive, std::size_t spared, Meter& meter) {
  // What those that are spared, and the dearest of the others, still need to reach the end.
  std::int64_t reserve = 0, dearest = 0;
  bool full = false;
  std::vector<Runner*> admitted;
  for (Runner* runner : alive) {
    const std::size_t size = runner->block.size();
    const std::size_t rest = runner->examples.size() - runner->num_seen - size;
    const std::size_t beside = runner->num_seen == 0 ? content_free_.size() : 0;
    const auto unpaid = unpaid_of(*runner);
    const std::int64_t cost = runner->row_cost * static_cast<std::int64_t>(unpaid.size() + beside);
    const std::int64_t to_end = runner->row_cost * static_cast<std::int64_t>(rest);
    const bool is_spared = runner->index < spared;
    const std::int64_t need =
        is_spared ? reserve + to_end + dearest : reserve + std::max(dearest, to_end);
    full = full || cost + need > meter.left() ||
           !meter.charge(cost, tokens_of(*runner, unpaid, meter));
    if (full) {
      runner->result.status = Status::dropped;
      runner->result.reason = "past the budget";
      continue;
    }
    if (is_spared)
      reserve += to_end;
    else
      dearest = std::max(dearest, to_end);
    runner->result.cost += cost;
    enter_passes(*runner);
    admitted.push_back(runner);
  }
  alive = std::move(admitted);
}

std::vector<ExampleIndex> TrialScorer::unpaid_of(const Runner& runner) {
  std::vector<ExampleIndex> unpaid;
  const std::set<ExampleIndex>* paid = nullptr;
  if (runner.shares)
    paid = &passes_.of(std::get<Candidate>(runner.proposal->entry), runner.proposal->pool);
  for (const std::size_t at : runner.block)
    if (paid == nullptr || !paid->contains(runner.examples[at]))
      unpaid.push_back(runner.examples[at]);
  return unpaid;
}

// Of the passes over these examples, and of the content-free rows where they come first.
std::int64_t TrialScorer::tokens_of(const Runner& runner, std::span<const ExampleIndex> examples,
                                    const Meter& meter) const {
  const auto pool = task_.pool(runner.proposal->pool);
  std::int64_t tokens = 0;
  for (const auto& part : runner.parts) {
    std::int64_t a_pass =
        runner.num_seen == 0 ? meter.tokens_of(part.expanded.tmpl, content_free_) : 0;
    for (const ExampleIndex example : examples)
      a_pass += meter.tokens_of(part.expanded.tmpl, pool.subspan(example, 1));
    tokens += scorer_.cost(part.candidate) * a_pass;
  }
  return tokens;
}

void TrialScorer::enter_passes(const Runner& runner) {
  if (!runner.shares) return;
  auto& paid = passes_.of(std::get<Candidate>(runner.proposal->entry), runner.proposal->pool);
  for (const std::size_t at : runner.block) paid.insert(runner.examples[at]);
}

// What the rows of the entry say at these places, calibrated and mixed.
std::vector<RowOutcome> TrialScorer::rows_at(const Runner& runner, const Block& places) const {
  std::vector<PartRows> parts;
  for (const auto& part : runner.parts) {
    PartRows& rows = parts.emplace_back();
    for (const std::size_t at : places) rows.rows.push_back(part.rows[at]);
    rows.content_free = part.content_free_rows;
  }
  return entry_rows(runner.proposal->entry, calibration_, std::move(parts));
}

// Enters what the last block showed; where that changes what the others showed, all.
void TrialScorer::record(std::span<Runner* const> alive, Race& race) const {
  if (race.rule == RacingRule::halving) return;  // it reads evaluations
  std::vector<std::size_t> place_of(race.order.size());
  for (std::size_t place = 0; place < race.order.size(); ++place)
    place_of[race.order[place]] = place;
  for (const Runner* runner : alive) {
    const auto pool = task_.pool(runner->proposal->pool);
    const Block places = calibration_ == Calibration::batch ? runner->seen_places() : runner->block;
    std::vector<Example> examples;
    for (const std::size_t at : places) examples.push_back(pool[runner->examples[at]]);
    const Judgement judgement = judge(
        task_.labels, label_log_probs(runner->verbalizer, rows_at(*runner, places)), examples);
    const auto values = example_values(metric_, judgement);
    const auto row = static_cast<Eigen::Index>(runner->index);
    for (std::size_t i = 0; i < places.size(); ++i) {
      const auto column = static_cast<Eigen::Index>(place_of[places[i]]);
      race.record.values(row, column) = values[i];
      race.record.log_likelihoods(row, column) = judgement.gold_log_p[i];
    }
  }
}

// Leaves those that go on: those that are spared, then the others, best first.
void TrialScorer::eliminate(std::vector<Runner*>& alive, const Race& race, std::size_t at,
                            const Ask& ask) const {
  std::vector<Runner*> spared, racing;
  for (Runner* runner : alive) (runner->index < ask.spared ? spared : racing).push_back(runner);
  std::vector<Merit> merits;
  for (const Runner* runner : racing) {
    merits.push_back(merit_of(evaluate_seen(*runner)));
    if (ask.rank_by == RankBy::log_likelihood)
      std::swap(merits.back().expected, merits.back().log_likelihood);
  }
  std::vector<std::size_t> order(racing.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if (better(merits[a], merits[b])) return true;
    return !better(merits[b], merits[a]) && racing[a]->index < racing[b]->index;
  });
  const std::set<std::size_t> stay = survivors_of(order, racing, race, at, ask);

  alive = std::move(spared);
  for (const std::size_t i : order) {
    Runner* runner = racing[i];
    if (stay.contains(runner->index)) {
      alive.push_back(runner);
      continue;
    }
    runner->result.status = Status::dropped;
    runner->result.reason =
        "out of the race after " + std::to_string(runner->num_seen) + " examples";
  }
}

// The indices of those that go on. @param order  of `racing`, best first.
std::set<std::size_t> TrialScorer::survivors_of(const std::vector<std::size_t>& order,
                                                const std::vector<Runner*>& racing,
                                                const Race& race, std::size_t at,
                                                const Ask& ask) const {
  std::set<std::size_t> stay;
  if (race.rule == RacingRule::halving) {
    std::vector<double> scores;
    for (std::size_t rank = 0; rank < order.size(); ++rank)
      scores.push_back(-static_cast<double>(rank));
    for (const std::size_t rank : survivors(scores, ask.keep))
      stay.insert(racing[order[rank]]->index);
    return stay;
  }
  Racers alive;
  for (const Runner* runner : racing) alive.push_back(runner->index);
  std::sort(alive.begin(), alive.end());
  for (const std::size_t index : who_goes_on(
           race.rule,
           {.record = race.record, .alive = alive, .ends = race.ends, .at = at, .keep = ask.keep}))
    stay.insert(index);
  return stay;
}

// Of the examples seen so far, in the proposal's order.
Evaluation TrialScorer::evaluate_seen(const Runner& runner, double favour) const {
  if (runner.proposal->pool == Pool::unlabelled) {  // nothing to be right or wrong about
    constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
    return {kNone, kNone, kNone, kNone, runner.num_seen, 0};
  }
  const auto pool = task_.pool(runner.proposal->pool);
  const Block places = runner.seen_places();
  std::vector<Example> examples;
  for (const std::size_t at : places) examples.push_back(pool[runner.examples[at]]);
  std::vector<RowOutcome> rows = rows_at(runner, places);
  if (favour > 0) rows = favoured(rows, runner.verbalizer, examples, favour);
  return evaluate(task_.metric, task_.labels, runner.verbalizer, examples, rows);
}

void TrialScorer::finish(Runner& runner) const {
  ScoredProposal& result = runner.result;
  result.outcome.pool = runner.proposal->pool;
  if (result.status == Status::failed) return;
  if (result.status == Status::scored) result.evaluation = evaluate_seen(runner);
  const Block places = runner.seen_places();
  for (const std::size_t at : places) result.outcome.examples.push_back(runner.examples[at]);
  result.outcome.rows = rows_at(runner, places);
}

}  // namespace prospect
