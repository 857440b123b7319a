#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "experiments/selection.h"
#include "experiments/study_parts.h"

namespace prospect {

/// Opens the experiment's model with random weights.
using OpenRandomModel = std::function<std::unique_ptr<Model>(std::uint64_t seed)>;

/// What follows the searches: the control rows of each split on its dev pool, and the test set,
/// opened once for the best entry of each unit and the controls. What is stored is not done again.
class Closing {
 public:
  Closing(StudyParts& parts, OpenRandomModel open_random);

  void run_controls();
  void run_test();

  /// Scores the best entries of each split on the test set, to see afterwards what the choice was
  /// worth. It decides nothing: the choice is sealed in the store before.
  /// @throws Error (usage) where it is not, or where there is no test set.
  void run_post_hoc(std::size_t finalists);

 private:
  ControlRecord score_control(Control control, std::uint64_t split_seed);
  /// Trials that stand on a split, with their rows and merits.
  struct Standing {
    std::vector<TrialRecord> trials;
    std::vector<Merit> merits;
  };
  Standing standing_on(std::uint64_t split_seed);
  std::vector<TestSubject> choose_subjects();
  TestRecord test(const TestSubject& subject);
  TestRecord test_control(const TestSubject& subject);
  TestRecord test_entry(const TestSubject& subject, const Entry& entry, const Task& task,
                        ChunkedScorer& scorer);
  ChunkedScorer& scorer_of(Control control);

  StudyParts& parts_;
  OpenRandomModel open_random_;
  std::unique_ptr<Model> random_model_;
  std::unique_ptr<ChunkedScorer> random_scorer_;
};

}  // namespace prospect
