#pragma once

#include <cstddef>
#include <span>

#include "core/json.h"
#include "core/outcome.h"
#include "core/task.h"

namespace prospect {

/// What asking about every span of every text found.
struct SpanCounts {
  std::size_t gold = 0, found = 0, right = 0;

  double precision() const;  ///< 0 where nothing was found.
  double recall() const;     ///< 0 where there is nothing to find.
  double f1() const;
};

struct SpanReport {
  SpanCounts all;   ///< Every span by itself, as the metric `span_f1` counts.
  SpanCounts kept;  ///< Where two found spans of a text overlap, the more probable one alone.
};

/// Counts what a prompt found in a `span` task; the last label says that a span is nothing.
///
/// Source: template-based recognition (Cui et al. 2021), which keeps the higher score of two spans
/// that overlap.
/// @param examples  whole texts of a span task (`datasets/detail/spans.h`). @param rows  one each,
/// without a failure.
/// @throws Error (input) for an example that is no span.
SpanReport span_report(const Task& task, const Verbalizer& verbalizer,
                       std::span<const Example> examples, std::span<const RowOutcome> rows);

/// `{"precision", "recall", "f1", "found", "gold"}`.
Json to_json(const SpanCounts& counts);

}  // namespace prospect
