#include "experiments/trial_scorer.h"

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "core/error.h"
#include "core/racing.h"
#include "experiments/selection.h"

namespace prospect {
namespace {

// A first block that says little about each label would only add noise.
constexpr std::size_t kLeastFirstBlock = 8, kFirstBlockPerLabel = 2;
// Beyond this many the cells are forgotten: scoring one again costs time, never a result.
constexpr std::size_t kMostCells = 2'000'000;

constexpr Pool kPools[] = {Pool::support, Pool::dev, Pool::unlabelled};

std::uint64_t cell_key(Pool pool, ExampleIndex example, Pass pass) {
  return static_cast<std::uint64_t>(pass) << 40 | static_cast<std::uint64_t>(pool) << 32 | example;
}

std::string identity_of(const Candidate& candidate) {
  return dump_json(to_json(candidate));
}

}  // namespace

bool is_whole_dev(const Task& task, Pool pool, std::span<const ExampleIndex> examples) {
  if (pool != Pool::dev || examples.size() != task.dev.size()) return false;
  const std::set<ExampleIndex> distinct(examples.begin(), examples.end());
  return distinct.size() == examples.size();
}

TrialScorer::TrialScorer(const Task& task, ChunkedScorer& scorer, std::uint64_t seed, bool racing)
    : task_(task), scorer_(scorer), seed_(seed), racing_(racing) {}

Standing standing_of(std::span<const TrialRecord> trials) {
  Standing standing;
  for (const auto& trial : trials)
    standing[identity_of(std::get<Candidate>(trial.entry))] = merit_of(trial.evaluation);
  return standing;
}

std::vector<ScoredProposal> TrialScorer::score(const Ask& ask, Meter& meter, Standing* standing) {
  if (num_cells_ > kMostCells) {
    cells_.clear();
    num_cells_ = 0;
  }
  std::vector<Runner> runners;
  for (const auto& proposal : ask.proposals)
    runners.push_back(make_runner(proposal, runners.size()));
  std::vector<Runner*> all;
  for (auto& runner : runners) all.push_back(&runner);

  const bool same_examples = std::all_of(runners.begin(), runners.end(), [&](const Runner& runner) {
    return runner.proposal->pool == runners.front().proposal->pool &&
           runner.examples == runners.front().examples;
  });
  const bool race =
      racing_ && ask.keep > 0 && runners.size() > ask.keep + ask.spared && same_examples;
  run(std::move(all), race ? race_blocks(runners.front()) : std::vector<Block>(), ask, meter);
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
  const auto* candidate = std::get_if<Candidate>(&proposal.entry);
  if (candidate == nullptr)
    fail(ErrorKind::unsupported, "study",
         "expected a candidate, found an ensemble or soft prompt, "
         "which are not scored yet");
  const std::size_t pool_size = task_.pool(proposal.pool).size();
  Runner runner{.proposal = &proposal, .index = index};
  runner.identity = identity_of(*candidate);
  runner.row_cost = scorer_.cost(*candidate);
  runner.examples = proposal.examples;
  if (runner.examples.empty()) {
    runner.examples.resize(pool_size);
    std::iota(runner.examples.begin(), runner.examples.end(), ExampleIndex{0});
  }
  for (const ExampleIndex example : runner.examples)
    if (example >= pool_size)
      fail(ErrorKind::internal, "study", "expected examples below ", pool_size, " in the pool '",
           name_of(proposal.pool), "', found ", example);
  runner.rows.resize(runner.examples.size());
  runner.seen.resize(runner.examples.size());

  if (runner.examples.empty()) {
    runner.result.status = Status::failed;
    runner.result.reason = "the pool '" + std::string(name_of(proposal.pool)) + "' has no examples";
  }
  try {
    runner.result.expanded = with_demonstrations(*candidate, task_);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::input && error.kind() != ErrorKind::unsupported) throw;
    runner.result.status = Status::failed;
    runner.result.reason = error.message();
  }
  return runner;
}

std::vector<TrialScorer::Block> TrialScorer::race_blocks(const Runner& runner) const {
  const Pool pool = runner.proposal->pool;
  std::vector<std::int32_t> labels;
  for (const ExampleIndex example : runner.examples)
    labels.push_back(task_.pool(pool)[example].label);
  // The same stream for every race of a search: on the same examples all races see one order.
  Rng rng(seed_, "racing/" + std::string(name_of(pool)));
  const auto schedule = stratified_blocks(
      labels, std::max(kLeastFirstBlock, kFirstBlockPerLabel * task_.labels.size()), rng);
  std::vector<Block> blocks;
  std::size_t begin = 0;
  for (const std::size_t end : schedule.block_ends) {
    blocks.emplace_back(schedule.order.begin() + static_cast<std::ptrdiff_t>(begin),
                        schedule.order.begin() + static_cast<std::ptrdiff_t>(end));
    begin = end;
  }
  return blocks;
}

void TrialScorer::run(std::vector<Runner*> alive, const std::vector<Block>& blocks, const Ask& ask,
                      Meter& meter) {
  if (blocks.empty()) {  // no race: everything at once
    admit(alive, 0, 0, meter);
    score_block(alive, {}, Pass::screen);
    return;
  }
  for (std::size_t b = 0; b < blocks.size() && !alive.empty(); ++b) {
    admit(alive, blocks[b].size(), ask.spared, meter);
    score_block(alive, blocks[b], Pass::screen);
    if (b + 1 < blocks.size()) eliminate(alive, ask);
  }
}

// Charges the block of each runner, best first, as far as the room reaches; `block_size` 0 stands
// for all of a runner's examples.
void TrialScorer::admit(std::vector<Runner*>& alive, std::size_t block_size, std::size_t spared,
                        Meter& meter) const {
  // What those that are spared, and the dearest of the others, still need to reach the end.
  std::int64_t reserve = 0, dearest = 0;
  bool full = false;
  std::vector<Runner*> admitted;
  for (Runner* runner : alive) {
    const std::size_t size = block_size == 0 ? runner->examples.size() : block_size;
    const std::size_t rest = runner->examples.size() - runner->num_seen - size;
    const std::int64_t cost = runner->row_cost * static_cast<std::int64_t>(size);
    const std::int64_t to_end = runner->row_cost * static_cast<std::int64_t>(rest);
    const bool is_spared = runner->index < spared;
    const std::int64_t need =
        is_spared ? reserve + to_end + dearest : reserve + std::max(dearest, to_end);
    full = full || cost + need > meter.left() || !meter.charge(cost);
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
    admitted.push_back(runner);
  }
  alive = std::move(admitted);
}

void TrialScorer::score_block(std::vector<Runner*>& alive, const Block& block, Pass pass) {
  std::erase_if(alive,
                [](const Runner* runner) { return runner->result.status == Status::failed; });
  for (const Pool pool : kPools) score_cells(alive, block, pool, pass);

  for (Runner* runner : alive) {
    const auto& cells = cells_.at(runner->identity);
    const std::size_t size = block.empty() ? runner->examples.size() : block.size();
    for (std::size_t i = 0; i < size; ++i) {
      const std::size_t at = block.empty() ? i : block[i];
      runner->rows[at] = cells.at(cell_key(runner->proposal->pool, runner->examples[at], pass));
      runner->seen[at] = true;
    }
    runner->num_seen += pass == Pass::screen ? size : 0;
    if (auto fault = first_fault(runner->rows)) {
      runner->result.status = Status::failed;
      runner->result.reason = std::move(*fault);
    }
  }
  std::erase_if(alive,
                [](const Runner* runner) { return runner->result.status == Status::failed; });
}

// One request for all cells of a pool that are not known yet.
void TrialScorer::score_cells(std::span<Runner* const> alive, const Block& block, Pool pool,
                              Pass pass) {
  std::vector<Candidate> candidates;
  std::vector<Row> rows;
  std::vector<RowOutcome*> targets;
  for (const Runner* runner : alive) {
    auto& cells = cells_[runner->identity];
    if (runner->proposal->pool != pool) continue;
    const std::size_t size = block.empty() ? runner->examples.size() : block.size();
    const std::size_t first_row = rows.size();
    for (std::size_t i = 0; i < size; ++i) {
      const ExampleIndex example = runner->examples[block.empty() ? i : block[i]];
      const auto [cell, is_new] = cells.try_emplace(cell_key(pool, example, pass));
      if (!is_new) continue;
      rows.push_back({static_cast<std::uint32_t>(candidates.size()), example});
      targets.push_back(&cell->second);
    }
    if (rows.size() > first_row) candidates.push_back(runner->result.expanded);
  }
  if (rows.empty()) return;
  try {
    auto outcomes = scorer_.score(candidates, task_.pool(pool), rows, pass);
    for (std::size_t i = 0; i < rows.size(); ++i) *targets[i] = std::move(outcomes[i]);
    num_cells_ += rows.size();
  } catch (...) {
    cells_.clear();  // those just entered hold nothing
    num_cells_ = 0;
    throw;
  }
}

// Leaves the survivors of a rung: those that are spared, then the others, best first.
void TrialScorer::eliminate(std::vector<Runner*>& alive, const Ask& ask) const {
  std::vector<Runner*> spared, racing;
  for (Runner* runner : alive) (runner->index < ask.spared ? spared : racing).push_back(runner);
  std::vector<Merit> merits;
  for (const Runner* runner : racing) {
    merits.push_back(merit_of(evaluate_seen(*runner)));
    if (ask.rank_by == RankBy::log_likelihood)
      std::swap(merits.back().value, merits.back().log_likelihood);
  }
  std::vector<std::size_t> order(racing.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if (better(merits[a], merits[b])) return true;
    return !better(merits[b], merits[a]) && racing[a]->index < racing[b]->index;
  });
  std::vector<double> scores;
  for (std::size_t rank = 0; rank < order.size(); ++rank)
    scores.push_back(-static_cast<double>(rank));
  const std::vector<std::size_t> stay = survivors(scores, ask.keep);

  alive = std::move(spared);
  std::size_t next = 0;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    Runner* runner = racing[order[rank]];
    if (next < stay.size() && stay[next] == rank) {
      alive.push_back(runner);
      ++next;
      continue;
    }
    runner->result.status = Status::dropped;
    runner->result.reason =
        "out of the race after " + std::to_string(runner->num_seen) + " examples";
  }
}

// Scores in float32 what could still be among the best of its rivals.
void TrialScorer::rescore(std::vector<Runner>& runners, const Ask& ask, Standing& standing) {
  std::map<std::pair<Pool, std::vector<ExampleIndex>>, std::vector<Runner*>> rivals;
  for (auto& runner : runners) {
    if (runner.result.status != Status::scored) continue;
    runner.result.ladder.screened = static_cast<std::int64_t>(runner.rows.size());
    rivals[{runner.proposal->pool, runner.examples}].push_back(&runner);
  }
  for (const auto& [examples, group] : rivals) {
    if (examples.first == Pool::unlabelled)  // nothing says which of them wins
      score_exactly(group);
    else
      rescore_rivals(group, ask, standing);
  }
}

void TrialScorer::rescore_rivals(std::span<Runner* const> rivals, const Ask& ask,
                                 Standing& standing) {
  const bool whole_dev =
      is_whole_dev(task_, rivals.front()->proposal->pool, rivals.front()->examples);
  const std::size_t top = whole_dev ? kExactTop : std::max<std::size_t>(1, ask.keep);
  std::vector<Screened> merits;
  for (const Runner* runner : rivals) merits.push_back(screened(*runner));

  std::vector<bool> is_exact(rivals.size());
  std::vector<Runner*> front;
  for (const std::size_t i : front_runners(merits, top)) {
    front.push_back(rivals[i]);
    is_exact[i] = true;
  }
  score_exactly(front);
  Standing known = whole_dev ? standing : Standing();
  const auto know = [&](const Runner& runner) {
    if (runner.result.status == Status::scored)
      known[runner.identity] = merit_of(evaluate_seen(runner));
  };
  for (const Runner* runner : front) know(*runner);
  std::vector<Merit> exact;
  for (const auto& [identity, merit] : known) exact.push_back(merit);

  std::vector<Runner*> others;
  for (std::size_t i = 0; i < rivals.size(); ++i)
    if (!is_exact[i] && can_still_win(merits[i], exact, top)) others.push_back(rivals[i]);
  score_exactly(others);
  if (!whole_dev) return;
  for (const Runner* runner : rivals) know(*runner);
  standing = std::move(known);
}

void TrialScorer::score_exactly(std::vector<Runner*> rivals) {
  std::vector<std::vector<RowOutcome>> before;
  const std::vector<Runner*> all = rivals;
  for (const Runner* runner : all) before.push_back(runner->rows);
  score_block(rivals, {}, Pass::exact);
  for (std::size_t i = 0; i < all.size(); ++i) {
    LadderWork& work = all[i]->result.ladder;
    work.rescored = static_cast<std::int64_t>(all[i]->rows.size());
    work.allowed = screening_error();
    if (all[i]->result.status == Status::scored)
      work.largest_change =
          largest_change(all[i]->result.expanded.verbalizer, before[i], all[i]->rows);
  }
}

// A function of model and data alone, so that a run that is taken up allows for the same error.
double TrialScorer::screening_error() {
  if (screening_error_) return *screening_error_;
  screening_error_ = kLeastScreeningError;
  if (task_.manual.empty() || task_.dev.empty()) return *screening_error_;
  const Candidate candidate = with_demonstrations(task_.manual.front().candidate, task_);
  std::vector<Row> rows;
  for (std::uint32_t i = 0; i < task_.dev.size(); ++i) rows.push_back({0, i});
  const auto exact = scorer_.score({&candidate, 1}, task_.dev, rows, Pass::exact),
             screened = scorer_.score({&candidate, 1}, task_.dev, rows, Pass::screen);
  if (first_fault(exact) || first_fault(screened)) return *screening_error_;
  screening_error_ =
      std::max(kLeastScreeningError,
               kScreeningErrorFactor * largest_change(candidate.verbalizer, exact, screened));
  return *screening_error_;
}

Screened TrialScorer::screened(const Runner& runner) {
  return {merit_of(evaluate_seen(runner)), merit_of(evaluate_seen(runner, screening_error()))};
}

// Of the examples seen so far, in the proposal's order; `favour` is how far every row may be off
// against the gold label.
Evaluation TrialScorer::evaluate_seen(const Runner& runner, double favour) const {
  if (runner.proposal->pool == Pool::unlabelled) {  // nothing to be right or wrong about
    constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
    return {kNone, kNone, kNone, kNone, runner.num_seen, 0};
  }
  const auto pool = task_.pool(runner.proposal->pool);
  std::vector<Example> examples;
  std::vector<RowOutcome> rows;
  for (std::size_t i = 0; i < runner.examples.size(); ++i) {
    if (!runner.seen[i]) continue;
    examples.push_back(pool[runner.examples[i]]);
    rows.push_back(runner.rows[i]);
  }
  const Verbalizer& verbalizer = runner.result.expanded.verbalizer;
  if (favour > 0) rows = favoured(rows, verbalizer, examples, favour);
  return evaluate(task_.metric, task_.labels, verbalizer, examples, rows);
}

void TrialScorer::finish(Runner& runner) const {
  ScoredProposal& result = runner.result;
  result.outcome.pool = runner.proposal->pool;
  if (result.status == Status::failed) return;
  if (result.status == Status::scored) result.evaluation = evaluate_seen(runner);
  for (std::size_t i = 0; i < runner.examples.size(); ++i) {
    if (!runner.seen[i]) continue;
    result.outcome.examples.push_back(runner.examples[i]);
    result.outcome.rows.push_back(std::move(runner.rows[i]));
  }
}

}  // namespace prospect
