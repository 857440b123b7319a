#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/json.h"
#include "experiments/database.h"
#include "experiments/records.h"

namespace prospect {

/// What a run is a run of.
struct RunIdentity {
  Json spec;  ///< `to_json(ExperimentSpec)`.
  std::string spec_fingerprint;
  std::string model_fingerprint;  ///< Of the checkpoint's config and weights.
  Json task;                      ///< `{"name", "version", "labels", "metric"}`.
};

/// The lock of a run folder: one writer at a time, released when the process ends, however it ends.
class RunLock {
 public:
  /// @throws Error (io) naming the process that holds it.
  explicit RunLock(const std::filesystem::path& folder);
  ~RunLock();
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;

 private:
  int fd_ = -1;
};

/// Everything that a run remembers: a SQLite file `run.sqlite` in the run's folder.
///
/// What one ask brought is stored in one transaction with the strategy's state, so that a run that
/// is killed at any moment continues as if it had not been. Only `UnitRecord::seconds` and the
/// times of events depend on the clock.
class RunStore {
 public:
  static constexpr std::int64_t kSchema = 3;

  /// Whether the folder holds a run.
  static bool exists(const std::filesystem::path& folder);
  /// Starts a run in a folder that holds none.
  /// @throws Error (io) where another process writes there.
  static std::unique_ptr<RunStore> create(const std::filesystem::path& folder,
                                          const RunIdentity& identity);
  /// Opens a run to continue it, after a check of the whole file; one of an older schema is brought
  /// to this one.
  /// @throws Error (input) for a damaged file, (unsupported) for a newer schema, (io) where another
  ///         process writes there.
  static std::unique_ptr<RunStore> open(const std::filesystem::path& folder);
  /// Opens a run to look at it, also while another process writes.
  static std::unique_ptr<RunStore> open_read_only(const std::filesystem::path& folder);

  /// Renames the folder of a run to `NAME.1`, `NAME.2`, ...: the first that is free.
  static std::filesystem::path set_aside(const std::filesystem::path& folder);

  const std::filesystem::path& folder() const { return folder_; }
  const RunIdentity& identity() const { return identity_; }

  void put_split(const SplitRecord& split);
  std::vector<SplitRecord> splits();

  /// Notes what judging outcomes needs of a split's dev examples, or of the test examples: their
  /// ids, labels, gold texts and groups, without their fields.
  void put_examples(std::optional<std::uint64_t> split_seed, std::span<const Example> examples);
  /// What `put_examples` noted; none in a run of schema 1.
  /// @param split_seed  whose dev examples; the test examples where there is none.
  std::vector<Example> examples(std::optional<std::uint64_t> split_seed);

  /// All units, in the order in which they were begun.
  std::vector<UnitRecord> units();
  /// Stores a new unit and sets its id.
  void begin_unit(UnitRecord& unit);
  /// The state of its strategy after the last ask that was told; none before the first.
  std::optional<State> state(std::int64_t unit);

  /// Stores what one ask brought, in one transaction: the trials it was told, the strategy's state
  /// after it, what the oracles cost, and the unit's counters.
  void put_ask(const UnitRecord& unit, std::span<const TrialRecord> trials,
               std::span<const OracleUse> oracle_uses, const State& state);
  /// Ends a unit; `unit.stop` says why. @param oracle_uses  of a last ask without proposals.
  void end_unit(const UnitRecord& unit, std::span<const OracleUse> oracle_uses);

  /// All asks that brought trials, in the order in which they were told, with what their unit had
  /// spent by then.
  std::vector<AskRecord> asks();
  /// The id that the next trial gets.
  TrialId next_trial_id();
  /// Whether a trial that is read brings its rows, which may be many.
  enum class Rows { without, with };
  /// Calls `visit` with each trial that stands on the leaderboard, in order of id.
  /// @param unit  of this unit alone, where given.
  void visit_standing(std::optional<std::int64_t> unit,
                      const std::function<void(TrialRecord&&)>& visit, Rows rows = Rows::without);
  /// Calls `visit` with every trial, in order of id, without its rows.
  void visit_trials(const std::function<void(TrialRecord&&)>& visit);
  /// The vectors of a soft prompt. [S, D] @throws Error (input) for a name that is not there.
  MatrixXf vectors(BlobId id);
  /// One trial, with its rows.
  TrialRecord trial(TrialId id);
  /// The number of trials with this status.
  std::int64_t num_trials(Status status);

  /// The number of trials that a unit has made, whatever became of them.
  std::int64_t num_trials_of(std::int64_t unit);
  /// Oracle calls of a unit over all its asks, one item for each kind.
  std::vector<OracleUse> oracle_uses(std::int64_t unit);

  void put_control(const ControlRecord& control);
  std::vector<ControlRecord> controls();

  /// Notes that the test set is opened for these entries; none later is added.
  void open_test(std::span<const TestSubject> subjects);
  /// For which entries the test set was opened; nothing before that.
  std::optional<std::vector<TestSubject>> test_subjects();
  void put_test(const TestRecord& record);
  std::vector<TestRecord> tests();

  /// Keeps what a trial scored on the test set after the choice was sealed: it decides nothing and
  /// stands apart from `tests`.
  void put_post_hoc(const TestRecord& record);
  std::vector<TestRecord> post_hoc();

  void finish();
  bool finished();

  /// Notes something that happened, with the time of day.
  void put_event(const std::string& kind, const Json& data);
  /// The kinds of all events, in order.
  std::vector<std::string> events();
  /// What was noted with each event of a kind, in order.
  std::vector<Json> events_of(const std::string& kind);

  /// Counted work that all units have spent.
  std::int64_t spent();
  /// Time that all sessions have taken: the units, and what was noted with `add_seconds`.
  double seconds();
  /// Notes time spent outside of units: controls and the test set.
  void add_seconds(double seconds);
  /// What all sessions have really computed, beside the counted work: the budget does not depend on
  /// it.
  RealWork real_work();
  /// Notes what a session has computed. One that is killed leaves none.
  void add_real_work(const RealWork& work);

 private:
  RunStore(std::filesystem::path folder, Database::Access access);
  void check_file();
  void migrate();
  void read_identity();
  void insert_oracle_uses(const UnitRecord& unit, std::span<const OracleUse> uses);
  void update_unit(const UnitRecord& unit);

  std::filesystem::path folder_;
  std::unique_ptr<RunLock> lock_;  // before the database: held longer
  Database database_;
  std::int64_t schema_ = kSchema;  // of the file; below kSchema only where it is read alone
  RunIdentity identity_;
};

}  // namespace prospect
