#pragma once

#include <cstdint>
#include <vector>

#include "scoring/layers/kernels.h"
#include "scoring/layers/row_layout.h"

namespace prospect {

/// Queries of one row that follow each other.
struct QueryRun {
  std::int64_t row = 0;
  std::int64_t first = 0, count = 0;  ///< Rows of the query matrix.
  std::int64_t position = 0;          ///< Of the first query in its row.
};

/// All tokens, a run for each row.
std::vector<QueryRun> runs_of(const RowLayout& rows);
/// The wanted tokens, one by one.
std::vector<QueryRun> runs_of(const std::vector<WantedToken>& wanted);
/// Runs that follow each other in one row as one: their keys are gathered once.
std::vector<QueryRun> joined(const std::vector<QueryRun>& runs);

/// Rows [n, H d] as [H, n, d].
at::Tensor by_head(const at::Tensor& rows, std::int64_t num_heads);

/// What some queries read from some keys: softmax of their scores, weighing the values; built of
/// LibTorch's operations, where a gradient is asked for.
/// @param query  [Q, H d]. @param key, value  [K, H' d].
/// @param added  to the scores, [Q, K] or [H, Q, K]; undefined: nothing.
/// @return [Q, H d]
at::Tensor attend(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                  const at::Tensor& added, const Heads& heads);

}  // namespace prospect
