#include "search/detail/population.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace prospect {
namespace {

// Whether member `m` is on the front of example `e`: right, or wrong as everybody else.
std::vector<std::vector<bool>> fronts_of(std::span<const Scored> members) {
  std::size_t num_examples = 0;
  for (const auto& member : members) num_examples = std::max(num_examples, member.right.size());
  std::vector<std::vector<bool>> fronts(num_examples, std::vector<bool>(members.size(), false));
  for (std::size_t e = 0; e < num_examples; ++e) {
    char highest = '0';
    for (const auto& member : members)
      if (member.right.size() == num_examples) highest = std::max(highest, member.right[e]);
    for (std::size_t m = 0; m < members.size(); ++m)
      fronts[e][m] = members[m].right.size() == num_examples && members[m].right[e] == highest;
  }
  return fronts;
}

}  // namespace

std::size_t roulette(std::span<const double> values, Rng& rng) {
  double sum = 0;
  for (const double value : values) sum += value > 0 ? value : 0;
  if (!(sum > 0)) return rng.below(values.size());
  const double point = rng.uniform() * sum;
  double reached = 0;
  std::size_t last = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!(values[i] > 0)) continue;
    reached += values[i];
    last = i;
    if (point < reached) return i;
  }
  return last;  // rounding
}

std::size_t tournament(std::span<const Scored> members, std::size_t rounds, Rng& rng) {
  std::size_t winner = rng.below(members.size());
  for (std::size_t round = 1; round < rounds; ++round) {
    const std::size_t rival = rng.below(members.size());
    if (better(members[rival], members[winner])) winner = rival;
  }
  return winner;
}

std::vector<std::size_t> pareto_members(std::span<const Scored> members) {
  const auto fronts = fronts_of(members);
  std::vector<bool> stays(members.size(), false);
  for (const auto& front : fronts)
    for (std::size_t m = 0; m < members.size(); ++m) stays[m] = stays[m] || front[m];

  // Of equal members the later one goes first.
  std::vector<std::size_t> worst_first(members.size());
  std::iota(worst_first.rbegin(), worst_first.rend(), std::size_t{0});
  std::stable_sort(worst_first.begin(), worst_first.end(),
                   [&](std::size_t a, std::size_t b) { return better(members[b], members[a]); });
  for (const std::size_t m : worst_first) {
    const bool is_needed = std::any_of(fronts.begin(), fronts.end(), [&](const auto& front) {
      if (!front[m]) return false;
      for (std::size_t other = 0; other < members.size(); ++other)
        if (other != m && stays[other] && front[other]) return false;
      return true;
    });
    if (!is_needed) stays[m] = false;
  }
  std::vector<std::size_t> indices;
  for (std::size_t m = 0; m < members.size(); ++m)
    if (stays[m]) indices.push_back(m);
  return indices;
}

std::size_t pareto_draw(std::span<const Scored> members, Rng& rng) {
  const auto fronts = fronts_of(members);
  std::vector<double> counts(members.size(), 0);
  for (const std::size_t m : pareto_members(members))
    for (const auto& front : fronts) counts[m] += front[m] ? 1 : 0;
  return roulette(counts, rng);
}

std::vector<Scored> best_of(std::vector<Scored> members, std::size_t size) {
  std::stable_sort(members.begin(), members.end(), better);
  if (members.size() > size) members.resize(size);
  return members;
}

}  // namespace prospect
