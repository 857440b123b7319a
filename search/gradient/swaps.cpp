#include "search/gradient/swaps.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

namespace prospect {
namespace {

std::vector<TokenIds> all_swaps(const TokenIds& ids, std::span<const std::size_t> slots,
                                std::span<const TokenIds> shortlists) {
  std::vector<TokenIds> swaps;
  for (std::size_t i = 0; i < slots.size(); ++i)
    for (const TokenId id : shortlists[i]) {
      swaps.push_back(ids);
      swaps.back()[slots[i]] = id;
    }
  return swaps;
}

TokenIds draw_swap(const TokenIds& ids, std::span<const std::size_t> slots,
                   std::span<const TokenIds> shortlists, std::size_t first, std::size_t replace,
                   Rng& rng) {
  std::vector<std::size_t> order(slots.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  rng.shuffle(order);
  if (first < order.size())  // this slot whatever the draw; the others are random
    std::iter_swap(order.begin(), std::find(order.begin(), order.end(), first));
  TokenIds swapped = ids;
  for (std::size_t i = 0; i < std::min(replace, order.size()); ++i) {
    const TokenIds& list = shortlists[order[i]];
    if (!list.empty()) swapped[slots[order[i]]] = list[rng.below(list.size())];
  }
  return swapped;
}

}  // namespace

std::vector<std::size_t> pick_slots(const GradientSearchOptions& options, std::size_t num_slots,
                                    std::int64_t iteration, Rng& rng) {
  if (options.slots == "random") return {rng.below(num_slots)};
  if (options.slots == "cyclic") return {static_cast<std::size_t>(iteration) % num_slots};
  std::vector<std::size_t> all(num_slots);
  std::iota(all.begin(), all.end(), std::size_t{0});
  return all;
}

std::vector<TokenIds> make_swaps(const GradientSearchOptions& options, const TokenIds& ids,
                                 std::span<const std::size_t> slots,
                                 std::span<const TokenIds> shortlists, Rng& rng) {
  const auto width = static_cast<std::size_t>(options.search_width);
  std::vector<TokenIds> swaps;
  if (options.candidates == "all" || width == 0) {
    swaps = all_swaps(ids, slots, shortlists);
    if (width > 0 && swaps.size() > width) {
      rng.shuffle(swaps);
      swaps.resize(width);
    }
    return swaps;
  }
  std::set<TokenIds> seen{ids};
  for (std::size_t i = 0; i < width; ++i) {
    const std::size_t first =
        options.candidates == "even" ? i * slots.size() / width : slots.size();
    TokenIds swap =
        draw_swap(ids, slots, shortlists, first, static_cast<std::size_t>(options.replace), rng);
    if (seen.insert(swap).second) swaps.push_back(std::move(swap));
  }
  return swaps;
}

}  // namespace prospect
