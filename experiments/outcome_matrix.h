#pragma once

#include <filesystem>

#include "experiments/run_store.h"

namespace prospect {

/// Writes what was measured on dev: candidate x example x answer log-probabilities, as float64
/// `log_p` [C, N, A] in a safetensors file. Candidates stand in the leaderboard's order; where one
/// has fewer answers than A the rest is NaN. The metadata hold JSON texts: `candidates` (rank,
/// template, verbalizer, strategy, seed each) and `examples` (their ids). A run of several splits
/// gives `log_p.SEED`, `candidates.SEED` and `examples.SEED` for each split seed.
/// @throws Error (input) when no entry was scored on a whole dev set yet.
void write_outcome_matrix(RunStore& store, const std::filesystem::path& path);

}  // namespace prospect
