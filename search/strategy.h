#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/candidate.h"
#include "core/json.h"
#include "core/matrix.h"
#include "core/outcome.h"
#include "core/rng.h"
#include "core/scorer.h"
#include "core/task.h"
#include "core/vocabulary.h"
#include "search/oracles.h"
#include "search/providers.h"

namespace prospect {

using TrialId = std::int64_t;

/// Where a proposal comes from.
struct Provenance {
  std::vector<TrialId> parents;  ///< Trials it was made of.
  std::string note;              ///< The strategy's own words: the move, the source of a template.
};

/// What a strategy wants scored.
struct Proposal {
  Entry entry;
  Pool pool = Pool::dev;
  std::vector<ExampleIndex> examples;  ///< Empty: the whole pool.
  Provenance provenance;
  /// Of a soft prompt: one row for each trigger slot of its frame, whose `blob_id_of` its entry
  /// names. [S, D]
  MatrixXf vectors = {};
};

/// The name of a soft prompt's vectors: equal numbers, equal names.
BlobId blob_id_of(const MatrixXf& vectors);

/// What proposals are ranked by while they race; ties go on to the other.
enum class RankBy { metric, log_likelihood };

/// One round of proposals; none when the search is exhausted.
struct Ask {
  std::vector<Proposal> proposals;
  /// Above 0, the study may race the proposals down to this many on paired blocks.
  std::size_t keep = 0;
  /// The first so many proposals stay in the race to its end, beside those that `keep` counts: an
  /// incumbent that others are compared with.
  std::size_t spared = 0;
  RankBy rank_by = RankBy::metric;
};

enum class Status {
  scored,
  dropped,  ///< Out of a race before it was scored on all its examples, or past the budget.
  failed,   ///< Could not be scored; `reason` says why.
};
std::string_view name_of(Status status);

/// A proposal after the study has dealt with it.
struct Trial {
  TrialId id = 0;
  Status status = Status::scored;
  Entry entry;
  Outcome outcome;        ///< Empty unless scored.
  Evaluation evaluation;  ///< Of the outcome; all zero unless scored.
  std::string reason;
};

/// What the budget still allows.
struct Room {
  std::int64_t cost = 0;  ///< Counted work: a scored (candidate, example) is its forwards, a
                          ///< gradient row is 3.
};

/// The counted work of one row's gradient: a forward and a backward, which is about two.
inline constexpr std::int64_t kGradientCost = 3;

/// A strategy's memory between two rounds: enough to continue as if nothing had happened.
struct State {
  Json values;
  std::map<std::string, std::vector<std::byte>> blobs;
};

/// What a strategy is made of. The references outlive it.
struct SearchContext {
  const Task& task;
  const Vocabulary& vocabulary;
  const Scorer& scorer;  ///< For `Scorer::cost` alone: a strategy asks, the study scores.
  Oracles& oracles;
  ScoringSpec spec;
  std::vector<Trial> seeds;  ///< Trials of the strategies named in "init", best first.
  Rng rng;
  std::string folder = {};  ///< Relative paths in options are relative to it.
  Providers providers = {};
  /// The vectors of a soft prompt among the seeds.
  std::function<MatrixXf(BlobId)> vectors = {};
};

/// A search over candidates, driven by ask and tell.
///
/// A strategy never scores and never loops: the study scores what `ask` returned and hands it back
/// through `tell`, in the order asked. All calls come from one thread. Deterministic, given its
/// options, its context and what it was told.
class Strategy {
 public:
  virtual ~Strategy() = default;

  /// Proposes what to score next. Oracles are called here, and what they cost is taken off the room
  /// before the proposals are scored.
  /// @return proposals, no two equal, that fit into `room` together with the oracles' cost; empty
  /// when the search is exhausted or the room too small for one more step, and empty from then on
  /// unless the room grows.
  virtual Ask ask(const Room& room) = 0;

  /// Learns from the trials of the last `ask`, in its order. A failed or dropped trial has no
  /// score.
  /// @throws Error (internal) when their number is not that of the proposals.
  virtual void tell(std::span<const Trial> trials) = 0;

  /// The state between two rounds (after `tell`, or before the first `ask`).
  virtual State save() const = 0;
  /// Continues where `save` was called: afterwards behaviour is indistinguishable from the saved
  /// strategy's. When it throws, the strategy is unchanged.
  virtual void restore(const State& state) = 0;
};

}  // namespace prospect
