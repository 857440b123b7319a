#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/calibration.h"
#include "core/outcome.h"
#include "core/task.h"
#include "experiments/chunked_scorer.h"

namespace prospect {

/// What the language model said of one candidate of an entry.
struct PartRows {
  std::vector<RowOutcome> rows;          ///< On the examples of one split.
  std::vector<RowOutcome> content_free;  ///< On the inputs of `content_free_examples`.
};

/// The rows of an entry: each of its candidates is calibrated by its own prior, and an ensemble's
/// are mixed then. They are read with `outcome_verbalizer(entry)`.
/// @param parts  one for each of `parts_of(entry)`, without a failure.
std::vector<RowOutcome> entry_rows(const Entry& entry, Calibration calibration,
                                   std::vector<PartRows> parts);

/// An entry on some examples of one split, outside of a search.
struct EntryScore {
  std::vector<RowOutcome> rows;  ///< One per example; none with a failure.
  Evaluation evaluation;
  std::int64_t cost = 0;  ///< Counted work, content-free inputs included.
  std::string failure;    ///< Why there is no number; else empty.
};

/// @param task     of the entry's split, for its demonstrations and labels.
/// @param vectors  looks up those of a soft prompt.
EntryScore score_entry(const Entry& entry, const Task& task, std::span<const Example> examples,
                       Calibration calibration, ChunkedScorer& scorer,
                       const std::function<MatrixXf(BlobId)>& vectors = {});

}  // namespace prospect
