#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/json.h"
#include "experiments/experiment_file.h"
#include "experiments/leaderboard.h"
#include "experiments/run_store.h"
#include "experiments/study.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/toy_model.h"

namespace prospect::test {

/// A folder with a task ("bad" and "good", 32 training and 10 test rows of each) and an experiment
/// file beside it; 8 shots, so dev has 16 examples.
class ToyExperiment {
 public:
  ToyExperiment();

  const std::filesystem::path& folder() const { return scratch_.path(); }
  std::filesystem::path run_folder() const { return folder() / "run"; }

  /// The experiment file's content, to be changed before `open`.
  Json json;
  /// Writes the file and reads it.
  Experiment open(const std::vector<std::string>& overrides = {});

 private:
  ScratchFolder scratch_;
};

/// Stops the study when its scorer has been called so often; 0 never.
class StopAfter : public StudyObserver {
 public:
  explicit StopAfter(std::int64_t polls = 0) : polls_(polls) {}
  bool stop_requested() override { return polls_ > 0 && ++seen_ > polls_; }
  void on_note(const std::string& note) override { notes.push_back(note); }
  std::vector<std::string> notes;

 private:
  std::int64_t polls_, seen_ = 0;
};

/// What one session of a run left behind.
struct Session {
  bool finished = false;
  std::string markdown, csv, jsonl;  ///< The leaderboard's three files.
  std::vector<Json> rows;            ///< Of the JSON Lines.
};

/// Begins or continues the run in `folder`, until the observer stops it.
Session run_session(const Experiment& experiment, const std::filesystem::path& folder,
                    ToyModel& model, StudyObserver& observer);
/// As above, with a model of its own and nobody who stops it.
Session run_session(const Experiment& experiment, const std::filesystem::path& folder);

/// The rows of a strategy, in order.
std::vector<Json> rows_of(const Session& session, const std::string& strategy);

}  // namespace prospect::test
