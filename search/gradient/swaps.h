#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "search/gradient/options.h"

namespace prospect {

/// The slots of an iteration: the position policy. `iteration` counts from 0. Under `sweep` these
/// are all slots, which the engine then visits one by one.
std::vector<std::size_t> pick_slots(const GradientSearchOptions& options, std::size_t num_slots,
                                    std::int64_t iteration, Rng& rng);

/// The prompts that an iteration scores, as trigger tokens: the candidate policy. None twice, none
/// equal to `ids`.
///
/// `all`: every shortlisted token at its slot, best first, slot after slot; with `search_width`
/// that many of them, drawn without replacement. `random` (nanoGCG): `search_width` draws, each of
/// `replace` distinct slots and of a token from each one's shortlist. `even` (GCG): the same, but
/// draw i of n starts at slot floor(i S / n), so that each slot gets its share. Draws that repeat
/// are not drawn again, as published.
/// @param shortlists  of each of `slots`.
std::vector<TokenIds> make_swaps(const GradientSearchOptions& options, const TokenIds& ids,
                                 std::span<const std::size_t> slots,
                                 std::span<const TokenIds> shortlists, Rng& rng);

}  // namespace prospect
