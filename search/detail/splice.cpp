#include "search/detail/splice.h"

#include <algorithm>
#include <utility>

namespace prospect {
namespace {

std::vector<Piece> slots_of(const PromptUnits& units) {
  std::vector<Piece> slots;
  for (const auto& unit : units)
    if (unit.slot) slots.push_back(*unit.slot);
  return slots;
}

// The runs of text between slots, as [begin, end): one before the first slot, one behind each.
std::vector<std::pair<std::size_t, std::size_t>> text_runs(const PromptUnits& units) {
  std::vector<std::pair<std::size_t, std::size_t>> runs;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < units.size(); ++i) {
    if (!units[i].slot) continue;
    runs.emplace_back(begin, i);
    begin = i + 1;
  }
  runs.emplace_back(begin, units.size());
  return runs;
}

// Text that comes to stand beside other text or a slot needs white space, which its first place in
// its parent may not have had.
void separate(PromptUnits& units) {
  for (std::size_t i = 1; i < units.size(); ++i) {
    const bool both_text = units[i].is_phrase() && units[i - 1].is_phrase();
    const bool at_slot = (units[i].is_phrase() && units[i - 1].slot) ||
                         (units[i].slot && (units[i - 1].slot || units[i - 1].is_phrase()));
    if ((both_text || at_slot) && units[i].space.empty()) units[i].space = " ";
  }
}

std::ptrdiff_t offset(std::size_t index) {
  return static_cast<std::ptrdiff_t>(index);
}

PromptUnits one_point(const PromptUnits& first, const PromptUnits& second, Rng& rng) {
  const auto runs = text_runs(first), other_runs = text_runs(second);
  // A run is cut at as many places as it has words, and one more.
  std::size_t num_cuts = 0;
  for (const auto& [begin, end] : runs) num_cuts += end - begin + 1;
  std::size_t cut = rng.below(num_cuts), run = 0;
  while (cut > runs[run].second - runs[run].first) {
    cut -= runs[run].second - runs[run].first + 1;
    ++run;
  }
  const auto [other_begin, other_end] = other_runs[run];
  const std::size_t other_cut = other_begin + rng.below(other_end - other_begin + 1);
  PromptUnits child(first.begin(), first.begin() + offset(runs[run].first + cut));
  child.insert(child.end(), second.begin() + offset(other_cut), second.end());
  return child;
}

// A random run of one stretch of text, possibly empty.
std::pair<std::size_t, std::size_t> random_run(const PromptUnits& units, Rng& rng) {
  const auto runs = text_runs(units);
  const auto [begin, end] = runs[rng.below(runs.size())];
  std::size_t a = begin + rng.below(end - begin + 1), b = begin + rng.below(end - begin + 1);
  return {std::min(a, b), std::max(a, b)};
}

}  // namespace

bool same_slots(const PromptUnits& a, const PromptUnits& b) {
  return slots_of(a) == slots_of(b);
}

PromptUnits splice(const PromptUnits& first, const PromptUnits& second, Rng& rng) {
  PromptUnits child;
  if (same_slots(first, second)) {
    child = one_point(first, second, rng);
  } else {
    const auto [begin, end] = random_run(first, rng);
    const auto [other_begin, other_end] = random_run(second, rng);
    child.assign(first.begin(), first.begin() + offset(begin));
    child.insert(child.end(), second.begin() + offset(other_begin),
                 second.begin() + offset(other_end));
    child.insert(child.end(), first.begin() + offset(end), first.end());
  }
  separate(child);
  return child;
}

std::optional<Mixed> differential(const PromptUnits& base, const PromptUnits& a,
                                  const PromptUnits& b, double rate, Rng& rng) {
  if (!same_slots(base, a) || !same_slots(base, b)) return std::nullopt;
  const auto base_runs = text_runs(base), a_runs = text_runs(a), b_runs = text_runs(b);
  Mixed mixed;
  for (std::size_t run = 0; run < base_runs.size(); ++run) {
    const std::size_t base_size = base_runs[run].second - base_runs[run].first;
    const std::size_t a_size = a_runs[run].second - a_runs[run].first;
    const std::size_t b_size = b_runs[run].second - b_runs[run].first;
    for (std::size_t i = 0; i < std::max(base_size, b_size); ++i) {
      const PromptUnit* own = i < base_size ? &base[base_runs[run].first + i] : nullptr;
      const PromptUnit* donor = i < b_size ? &b[b_runs[run].first + i] : nullptr;
      const bool differs =
          donor != nullptr && (i >= a_size || a[a_runs[run].first + i].text != donor->text);
      if (differs && (own == nullptr || own->text != donor->text) && rng.uniform() < rate) {
        mixed.changed.push_back(mixed.units.size());
        own = donor;
      }
      if (own != nullptr) mixed.units.push_back(*own);
    }
    if (run + 1 < base_runs.size()) mixed.units.push_back(base[base_runs[run].second]);
  }
  separate(mixed.units);
  return mixed;
}

}  // namespace prospect
