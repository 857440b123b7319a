#pragma once

#include <filesystem>
#include <iosfwd>
#include <span>

#include "experiments/bench/pool_draws.h"

namespace prospect {

/// What the pools hold.
void print_pools(std::ostream& out, std::span<const PoolOutcomes> pools);

/// Regret of selection rules on resampled dev sets, as Markdown.
void print_regret_table(std::ostream& out, std::span<const PoolOutcomes> pools,
                        std::size_t num_draws);

/// Evaluations against regret of the racing rules, as Markdown.
void print_racing_table(std::ostream& out, std::span<const PoolOutcomes> pools,
                        std::size_t num_draws);

/// How often the intervals that leaderboards show hold the truth.
void print_coverage_table(std::ostream& out, std::span<const PoolOutcomes> pools,
                          std::size_t num_draws);

/// How far dev estimates of the chosen candidate are above its accuracy on examples that had no
/// say.
void print_flattery_table(std::ostream& out, std::span<const PoolOutcomes> pools,
                          std::size_t num_draws);

/// How many of LM-BFF's published candidates share the best dev score of their list.
/// @param data  the folder that $PROSPECT_DATA names.
void print_published_ties(std::ostream& out, const std::filesystem::path& data);

}  // namespace prospect
