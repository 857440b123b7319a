#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/scorer.h"
#include "core/task.h"
#include "experiments/database.h"

namespace prospect {

/// Row outcomes as the run store keeps them: little-endian doubles, per row the log-probabilities
/// of the answers, then coverage, gold rank, truncated tokens and forwards. No row has a failure,
/// and all have equally many answers.
Bytes encode_rows(std::span<const RowOutcome> rows);
/// Reads what `encode_rows` wrote. @throws Error (input) when the size does not fit `num_rows`.
std::vector<RowOutcome> decode_rows(std::span<const std::byte> bytes, std::size_t num_rows);

/// Indices as little-endian 32-bit integers.
Bytes encode_indices(std::span<const ExampleIndex> indices);
std::vector<ExampleIndex> decode_indices(std::span<const std::byte> bytes);

}  // namespace prospect
