#include "search/gradient/tried_swaps.h"

#include <algorithm>

namespace prospect {

void TriedSwaps::add(const Template& prompt, const std::vector<TokenId>& swap) {
  const std::vector<TokenId> present = prompt.triggers();
  std::vector<std::size_t> changed;
  for (std::size_t slot = 0; slot < std::min(present.size(), swap.size()); ++slot)
    if (swap[slot] != present[slot]) changed.push_back(slot);
  if (changed.size() != 1) return;
  auto& slots = tried_[prompt.text()];
  slots.resize(present.size());
  slots[changed.front()].insert(swap[changed.front()]);
}

const std::set<TokenId>& TriedSwaps::at(const Template& prompt, std::size_t slot) const {
  static const std::set<TokenId> kNone;
  const auto found = tried_.find(prompt.text());
  return found == tried_.end() ? kNone : found->second.at(slot);
}

void TriedSwaps::keep(const std::vector<std::string>& prompts) {
  std::erase_if(tried_, [&](const auto& entry) {
    return std::find(prompts.begin(), prompts.end(), entry.first) == prompts.end();
  });
}

}  // namespace prospect
