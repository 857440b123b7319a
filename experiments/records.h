#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/candidate.h"
#include "core/outcome.h"
#include "search/strategy.h"

namespace prospect {

/// The data that one split seed draws, as far as a stored run must know it.
struct SplitRecord {
  std::uint64_t split_seed = 0;
  std::string task_fingerprint;
  std::vector<std::string> dev_ids;  ///< `Example::id`, in the order of the pool.
  std::int64_t num_support = 0, num_test = 0;
};

/// A unit of work: one strategy on one split with one search seed.
struct UnitRecord {
  std::int64_t id = 0;
  std::uint64_t split_seed = 0, seed = 0;
  std::string strategy;       ///< `StrategySpec::label`.
  std::int64_t room = 0;      ///< What it may spend, in counted work.
  std::int64_t spent = 0;     ///< What it has spent: scoring and oracles.
  std::int64_t num_asks = 0;  ///< Asks that were scored and told.
  double seconds = 0;         ///< Time spent on it, over all sessions.
  std::optional<double> seconds_room;
  std::int64_t tokens = 0;      ///< Of its counted work, where tokens are limited; else 0.
  std::int64_t num_trials = 0;  ///< That it was told, but for those past `trials_room`.
  std::optional<std::int64_t> tokens_room, trials_room;
  std::string stop;  ///< Why it ended: exhausted, or the limit that it met (`budget`: its counted
                     ///< work); empty while it runs.
};

/// What was really computed, where counted work is what was asked for.
struct RealWork {
  std::int64_t forwards = 0;  ///< Rows that went through the model, those of gradients included.
  std::int64_t tokens = 0;    ///< In the prompts of the rows that were scored.
  std::int64_t cached = 0;    ///< Rows read from the cache in place of a forward pass.
  std::int64_t screened = 0;  ///< Rows scored in bfloat16 first.
  std::int64_t rescored = 0;  ///< Of these, scored again in float32.
};

/// How a template is shown, and what breaks ties between entries.
struct Shown {
  std::string tmpl;             ///< As text where that gives the scored ids, else as written.
  bool text_safe = true;        ///< Whether `tmpl`, filled and tokenised again, gives those ids.
  std::int64_t num_tokens = 0;  ///< Of the template alone, its fields empty.
};

/// An ask whose trials were told.
struct AskRecord {
  std::int64_t unit = 0, ask = 0;
  TrialId first_trial = 0;
  std::int64_t spent = 0;  ///< Of its unit, when it was told.
};

/// A proposal after the study has dealt with it, with all that is stored of it.
struct TrialRecord {
  TrialId id = 0;
  std::int64_t unit = 0, ask = 0;
  Entry entry;
  Provenance provenance;
  Status status = Status::scored;
  std::string reason;      ///< Why it was dropped or failed.
  Outcome outcome;         ///< Also what a dropped entry was scored on.
  Evaluation evaluation;   ///< All zero unless scored.
  std::int64_t cost = 0;   ///< Counted work of scoring it.
  std::int64_t spent = 0;  ///< Of its unit, when it was told: what finding it took.
  MatrixXf vectors;        ///< Of a soft prompt that is new to the store.
  bool stands = false;     ///< Scored on the whole dev pool: a row of the leaderboard.
  Shown shown;             ///< Set where it stands.
};

/// The trial as strategies see it: a dropped or failed one has no outcome.
Trial as_trial(const TrialRecord& record);

/// Oracle calls of one kind within one ask.
struct OracleUse {
  OracleKind kind = OracleKind::gradient;
  std::int64_t calls = 0, cost = 0;
};

/// A row that no strategy proposed, to compare with.
enum class Control {
  majority,   ///< The most frequent label of the support set; no language model.
  empty,      ///< All fields, then the mask; the manual label words.
  manual,     ///< The task's first manual prompt.
  random_lm,  ///< The manual prompt on a language model with random weights.
};
inline constexpr Control kControls[] = {Control::majority, Control::empty, Control::manual,
                                        Control::random_lm};
std::string_view name_of(Control control);

/// A control on the dev pool of a split.
struct ControlRecord {
  std::uint64_t split_seed = 0;
  Control control = Control::majority;
  Entry entry;
  Shown shown;
  Evaluation evaluation;
  std::int64_t cost = 0;
  std::string failure;           ///< Why there is no evaluation; else empty.
  std::vector<RowOutcome> rows;  ///< One per dev example; none of the majority or a failure.
};

/// What was scored on the test set: a trial, or a control of a split.
struct TestSubject {
  std::optional<TrialId> trial;
  std::uint64_t split_seed = 0;
  std::optional<Control> control;
  bool operator==(const TestSubject&) const = default;
};

struct TestRecord {
  TestSubject subject;
  Evaluation evaluation;
  std::int64_t cost = 0;
  std::string failure;
  std::vector<RowOutcome> rows;  ///< One per test example; none of the majority or a failure.
};

}  // namespace prospect
