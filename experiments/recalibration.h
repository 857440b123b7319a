#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "core/calibration.h"
#include "core/outcome.h"
#include "experiments/records.h"
#include "experiments/run_store.h"

namespace prospect {

/// Calibrates what a finished run has stored, as the search would have: no example is scored again,
/// and a language model is asked for the content-free inputs alone, if the calibration has any.
class Recalibration {
 public:
  /// What the run's model says of a candidate on the content-free inputs.
  using ContentFree =
      std::function<std::vector<RowOutcome>(const Candidate& candidate, std::uint64_t split_seed)>;

  /// @param content_free  not called for `batch`.
  Recalibration(Calibration calibration, ContentFree content_free)
      : calibration_(calibration), content_free_(std::move(content_free)) {}

  Calibration calibration() const { return calibration_; }

  /// The rows of an entry of a split, calibrated; nothing where they cannot be.
  ///
  /// An ensemble's rows are mixed of its members', which are calibrated before: they are those of
  /// the trials that it names as parents. A soft prompt has no content-free rows, nor has an
  /// ensemble rows on a test set.
  /// @param rows  the entry's own, on one set of examples, in their order.
  /// @param store  where parents are looked up; null: nowhere.
  std::optional<std::vector<RowOutcome>> rows(const Entry& entry, std::vector<RowOutcome> rows,
                                              std::uint64_t split_seed, RunStore* store = nullptr,
                                              const std::vector<TrialId>& parents = {}) const;

 private:
  std::optional<std::vector<RowOutcome>> of_candidate(const Candidate& candidate,
                                                      std::vector<RowOutcome> rows,
                                                      std::uint64_t split_seed) const;

  Calibration calibration_;
  ContentFree content_free_;
};

/// @throws Error (input) for a run that was calibrated already: its rows no longer say what the
/// model said.
void check_not_calibrated(RunStore& store);

}  // namespace prospect
