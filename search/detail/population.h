#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "core/rng.h"
#include "search/detail/scored.h"

namespace prospect {

/// Draws an index with a probability proportional to its value (a roulette wheel). Values that are
/// not above 0 are never drawn; where none is above 0 every index is as likely as the others.
std::size_t roulette(std::span<const double> values, Rng& rng);

/// The better of `rounds` uniform draws (a tournament); an equal one does not replace an earlier.
std::size_t tournament(std::span<const Scored> members, std::size_t rounds, Rng& rng);

/// The members that are the best somewhere: for each example all members with the highest `right`
/// form its front; then, from the worst member up, one goes whose every front holds another that
/// stays. Ascending indices.
/// @param members  with `right` of one length; those without are left out.
/// Source: GEPA's candidate selection (Agrawal et al. 2025, sec. 3.3).
std::vector<std::size_t> pareto_members(std::span<const Scored> members);

/// Draws one of `pareto_members`, with a probability proportional to the number of fronts that it
/// is on; uniformly where there is none.
std::size_t pareto_draw(std::span<const Scored> members, Rng& rng);

/// The `size` best, best first; equal ones in their present order.
std::vector<Scored> best_of(std::vector<Scored> members, std::size_t size);

}  // namespace prospect
