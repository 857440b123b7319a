#include "search/detail/demonstrations.h"

#include <algorithm>
#include <utility>

namespace prospect {

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

bool has_demonstration_slot(const Template& tmpl) {
  return std::any_of(tmpl.pieces().begin(), tmpl.pieces().end(), [](const Piece& piece) {
    return std::holds_alternative<DemonstrationSlot>(piece);
  });
}

Template with_demonstration_slot(const Template& tmpl) {
  if (has_demonstration_slot(tmpl)) return tmpl;
  std::vector<Piece> pieces = tmpl.pieces();
  pieces.insert(pieces.begin(), DemonstrationSlot{});
  return Template(std::move(pieces));
}

}  // namespace prospect
