#pragma once

#include <cstdint>

#include "search/strategy.h"

namespace prospect {

/// What scoring a proposal takes off the room: its examples times the cost of one.
/// A candidate that cannot be scored costs one forward for each example, like any other.
std::int64_t proposal_cost(const Proposal& proposal, const SearchContext& context);

}  // namespace prospect
