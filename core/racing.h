#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/rng.h"

namespace prospect {

/// One order of examples for all candidates of a race, in growing blocks. Paired blocks make the
/// differences between candidates less noisy than scores on examples of their own.
struct BlockSchedule {
  std::vector<std::uint32_t> order;     ///< Every example once.
  std::vector<std::size_t> block_ends;  ///< Block b is order[block_ends[b-1], block_ends[b]).
};

/// A schedule in which what was seen holds the labels in the proportions of the whole, as nearly as
/// whole examples allow: after any number of examples each label is within one of its share.
///
/// Which examples of a label come first is random. Each label's next example has an earliest and a
/// latest place that keep it near its share, and the one with the earliest last place goes next.
/// Source: Tijdeman 1980, the chairman assignment problem, by deadlines.
/// @param labels       the label of each example.
/// @param first_block  examples in the first block, at least 1; each further block doubles what was
///                     seen.
BlockSchedule stratified_blocks(std::span<const std::int32_t> labels, std::size_t first_block,
                                Rng& rng);

/// One rung of successive halving: who stays, as ascending indices into `scores`.
///
/// Keeps the best half (rounded up), never fewer than `keep`; equal scores keep the earlier one;
/// NaN ranks last. Source: Karnin, Koren and Somekh 2013, here on blocks that
/// all candidates share.
std::vector<std::size_t> survivors(std::span<const double> scores, std::size_t keep);

}  // namespace prospect
