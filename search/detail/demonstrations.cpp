#include "search/detail/demonstrations.h"

#include <algorithm>
#include <utility>

namespace prospect {
namespace {

bool is_demonstration_slot(const Piece& piece) {
  return std::holds_alternative<DemonstrationSlot>(piece);
}

}  // namespace

std::vector<ExampleIndex> labels_in_turn(std::span<const Example> pool, std::size_t num_labels,
                                         std::size_t most) {
  std::vector<std::vector<ExampleIndex>> by_label(num_labels);
  for (std::size_t i = 0; i < pool.size(); ++i)
    if (pool[i].label >= 0 && static_cast<std::size_t>(pool[i].label) < num_labels)
      by_label[static_cast<std::size_t>(pool[i].label)].push_back(static_cast<ExampleIndex>(i));
  std::vector<ExampleIndex> chosen;
  for (std::size_t round = 0; chosen.size() < most; ++round) {
    const std::size_t before = chosen.size();
    for (const auto& examples : by_label)
      if (round < examples.size() && chosen.size() < most) chosen.push_back(examples[round]);
    if (chosen.size() == before) break;
  }
  return chosen;
}

Template with_demonstration_slot(const Template& tmpl) {
  std::vector<Piece> pieces = tmpl.pieces();
  if (std::any_of(pieces.begin(), pieces.end(), is_demonstration_slot)) return tmpl;
  pieces.insert(pieces.begin(), DemonstrationSlot{});
  return Template(std::move(pieces));
}

void fit_demonstration_slot(Candidate& candidate) {
  if (!candidate.demonstrations.example_ids.empty()) {
    candidate.tmpl = with_demonstration_slot(candidate.tmpl);
    return;
  }
  std::vector<Piece> pieces = candidate.tmpl.pieces();
  std::erase_if(pieces, is_demonstration_slot);
  candidate.tmpl = Template(std::move(pieces));
}

bool edit_demonstrations(std::string_view move, std::span<const std::string> pool, std::size_t most,
                         Candidate& candidate, Rng& rng) {
  auto& ids = candidate.demonstrations.example_ids;
  std::vector<std::string> others;
  for (const auto& id : pool)
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) others.push_back(id);
  if (move == "demonstration_swap") {
    if (ids.size() < 2) return false;
    const std::size_t first = rng.below(ids.size()), step = 1 + rng.below(ids.size() - 1);
    std::swap(ids[first], ids[(first + step) % ids.size()]);
  } else if (move == "demonstration_exchange") {
    if (ids.empty() || others.empty()) return false;
    ids[rng.below(ids.size())] = others[rng.below(others.size())];
  } else if (move == "demonstration_add") {
    if (others.empty() || ids.size() >= most) return false;
    const auto place = static_cast<std::ptrdiff_t>(rng.below(ids.size() + 1));
    ids.insert(ids.begin() + place, others[rng.below(others.size())]);
  } else {
    if (ids.empty()) return false;
    ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(rng.below(ids.size())));
  }
  fit_demonstration_slot(candidate);
  return true;
}

}  // namespace prospect
