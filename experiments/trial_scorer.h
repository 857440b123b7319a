#pragma once

#include <cstdint>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/calibration.h"
#include "core/metric.h"
#include "core/outcome.h"
#include "core/race.h"
#include "core/racing_rules.h"
#include "core/task.h"
#include "experiments/budget.h"
#include "experiments/chunked_scorer.h"
#include "experiments/precision_ladder.h"
#include "experiments/records.h"
#include "search/detail/room.h"
#include "search/strategy.h"

namespace prospect {

/// Whether these are all examples of the dev pool, each once.
bool is_whole_dev(const Task& task, Pool pool, std::span<const ExampleIndex> examples);

/// The entries that one unit has scored on the whole dev pool: candidate's identity -> merit.
using Standing = std::map<std::string, Merit>;

/// Of trials that stand.
Standing standing_of(std::span<const TrialRecord> trials);

/// A proposal with what the study made of it.
struct ScoredProposal {
  Status status = Status::scored;
  std::string reason;
  Outcome outcome;        ///< In the proposal's order of examples; partial where dropped.
  Evaluation evaluation;  ///< All zero unless scored.
  /// The entry's candidates without `{demos}`: one, or an ensemble's members.
  std::vector<Candidate> expanded;
  std::int64_t cost = 0;  ///< What it was charged.
  LadderWork ladder;      ///< What screening it took.
};

/// What is stored of a proposal as far as its scoring goes; ids, unit and what it is shown as are
/// the caller's.
TrialRecord record_of(const Task& task, const Proposal& proposal, ScoredProposal scored);

/// Scores the proposals of one search (a split and a seed) as far as a strategy's room reaches.
///
/// Proposals are taken in order; the first that no longer fits, and all after it, are dropped. With
/// `Ask::keep` and racing, proposals on the same examples run a race: all are scored on a first
/// block of examples, a rule (`core/racing_rules.h`) says who goes on to the next, and so on; the
/// room that one survivor needs to reach the end is kept free, so that a race near the end of the
/// budget still finds a winner; so is that of `Ask::spared`, which are never put out. A cell
/// (candidate, example) that was scored in this search is not scored again, but counts again.
/// Proposals of one ask that differ in their label words alone share their passes, which count once
/// (`search/detail/room.h`).
///
/// The standard rule scores dev sets of fewer than `kLeastRaced` examples whole. Proposals that are
/// ranked by log-likelihood, by a metric that is no mean over examples, or on few examples of
/// another pool are halved: the other rules need terms of a mean, and enough of them.
///
/// With `Precision::automatic` proposals are scored in bfloat16 first. Those on the same examples
/// are rivals, on the whole dev pool together with what the unit scored before; whatever could
/// still be among the best is scored again in float32, and counts once.
///
/// An ensemble is scored through its members: their cells are known where they were scored before,
/// and count again. Its members are always scored in float32.
///
/// With a calibration every proposal also asks for its content-free rows, which count as others do,
/// once for each proposal. The prior of `Calibration::batch` is that of the rows it is judged by:
/// in a race, those seen so far. Without labels there is no race.
class TrialScorer {
 public:
  TrialScorer(const Task& task, ChunkedScorer& scorer, std::uint64_t seed, RacingRule racing,
              Calibration calibration = Calibration::none);

  /// One result for each proposal, in order.
  /// @param standing  what the unit has scored on the whole dev pool, to which this is added; null:
  ///                  nothing, and it is not kept.
  /// @throws Error of the scorer's; a candidate's own fault makes a failed proposal.
  std::vector<ScoredProposal> score(const Ask& ask, Meter& meter, Standing* standing = nullptr);

 private:
  struct NewCells;
  using Block = std::vector<std::size_t>;  // positions in a runner's examples

  /// A candidate of an entry, before and after its demonstrations were put in; `rows[i]` belongs to
  /// the runner's `examples[i]`, those not seen so far are empty.
  struct Part {
    Candidate candidate, expanded;
    std::string identity;  // of the candidate
    std::vector<RowOutcome> rows, content_free_rows;
  };
  /// A proposal on its way.
  struct Runner {
    const Proposal* proposal = nullptr;
    std::size_t index = 0;
    std::string identity;  // of the entry
    std::vector<Part> parts;
    Verbalizer verbalizer;      // that its rows are read with
    std::int64_t row_cost = 0;  // of all parts together
    bool shares = false;  // its passes, with others of the ask that differ in label words alone
    std::vector<ExampleIndex> examples;
    std::vector<bool> seen;
    std::size_t num_seen = 0;
    Block block;  // what it is scored on next
    ScoredProposal result;

    void take_all() {  // into the block
      block.resize(examples.size());
      std::iota(block.begin(), block.end(), std::size_t{0});
    }
    bool is_candidate() const { return std::holds_alternative<Candidate>(proposal->entry); }
    Block seen_places() const;
  };
  /// A race: its order of examples, its blocks, and what was seen.
  struct Race {
    RacingRule rule = RacingRule::off;
    Block order;                    // positions in every runner's examples
    std::vector<std::size_t> ends;  // of the blocks, in `order`
    RaceRecord record;              // a row for each proposal of the ask
  };

  Runner make_runner(const Proposal& proposal, std::size_t index) const;
  RacingRule rule_for(const Ask& ask, std::span<const Runner> runners) const;
  Race make_race(RacingRule rule, std::span<const Runner> runners) const;
  void run(std::vector<Runner*> alive, Race& race, const Ask& ask, Meter& meter);
  void admit(std::vector<Runner*>& alive, std::size_t spared, Meter& meter);
  // Examples of the block whose passes are not paid for yet.
  std::vector<ExampleIndex> unpaid_of(const Runner& runner);
  std::int64_t tokens_of(const Runner& runner, std::span<const ExampleIndex> examples,
                         const Meter& meter) const;
  void enter_passes(const Runner& runner);
  void score_blocks(std::vector<Runner*>& alive, Pass pass);
  Pass pass_of(const Runner& runner, Pass pass) const;
  void score_cells(std::span<Runner* const> alive, Pool pool, Pass pass);
  void score_content_free(std::span<Runner* const> alive, Pass pass);
  void score_new(const NewCells& found, std::span<const Example> examples, Pass pass);
  void take_rows(Runner& runner, Pass pass);
  std::vector<RowOutcome> rows_at(const Runner& runner, const Block& places) const;
  void rescore(std::vector<Runner>& runners, const Ask& ask, Standing& standing);
  void rescore_rivals(std::span<Runner* const> rivals, const Ask& ask, Standing& standing);
  void score_exactly(std::vector<Runner*> rivals);
  double screening_error();
  Screened screened(const Runner& runner);
  void record(std::span<Runner* const> alive, Race& race) const;
  void eliminate(std::vector<Runner*>& alive, const Race& race, std::size_t at,
                 const Ask& ask) const;
  std::set<std::size_t> survivors_of(const std::vector<std::size_t>& order,
                                     const std::vector<Runner*>& racing, const Race& race,
                                     std::size_t at, const Ask& ask) const;
  // @param favour  how far every row may be off against the gold label.
  Evaluation evaluate_seen(const Runner& runner, double favour = 0) const;
  void finish(Runner& runner) const;

  const Task& task_;
  ChunkedScorer& scorer_;
  std::uint64_t seed_;
  RacingRule racing_;
  Metric metric_;
  Calibration calibration_;
  bool is_unlabelled_;
  std::vector<Example> content_free_;
  // Cells that were scored: candidate's identity -> pass, pool and example -> outcome.
  std::unordered_map<std::string, std::unordered_map<std::uint64_t, RowOutcome>> cells_;
  std::size_t num_cells_ = 0;
  SharedPasses passes_;  // that the present ask has paid for
  std::optional<double> screening_error_;
};

}  // namespace prospect
