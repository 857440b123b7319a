#pragma once

#include <cstdint>
#include <vector>

#include "scoring/layers/row_layout.h"
#include "scoring/torch.h"

namespace prospect {

/// How the numbers of a query and of a key are divided into heads.
struct Heads {
  std::int64_t num_queries = 0, num_keys = 0, size = 0;
  double cap = 0;  ///< c of c tanh(score / c); 0: none.
};

/// What some queries read from some keys: softmax of their scores, weighing the values. The
/// products have this shape whatever else is computed, so that a query's numbers are its own.
/// @param query  [H d, Q], scaled. @param key, value  [H' d, K].
/// @param added  to the scores, [K, Q] or [H, K, Q]; undefined: nothing.
/// @return [H d, Q]
at::Tensor attend(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                  const at::Tensor& added, const Heads& heads);

/// Queries of one row that lie in one chunk of the causal grid.
struct ChunkQueries {
  std::int64_t row = 0;
  std::int64_t first = 0, count = 0;  ///< Columns of the query matrix.
  std::int64_t chunk = 0;             ///< Number of the chunk in its row.
  std::int64_t offset = 0;            ///< Of the first query in the chunk.
};

/// All tokens of all rows, chunk by chunk, in order.
std::vector<ChunkQueries> chunks_of(const RowLayout& rows);
/// The wanted tokens, those of one chunk that follow each other together.
std::vector<ChunkQueries> chunks_of(const std::vector<WantedToken>& wanted);

/// Queries at their places in a chunk, zeros elsewhere. [D, kChunkTokens], contiguous
at::Tensor chunk_of(const at::Tensor& queries, const ChunkQueries& chunk);

/// For each row, its tokens' columns and those of the rows before it, filled up to the grid with
/// zeros.
std::vector<at::Tensor> with_parents(const at::Tensor& columns, const RowLayout& rows);

}  // namespace prospect
