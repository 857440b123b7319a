#include "scoring/description.h"

namespace prospect {

// ALBERT's layers are spread evenly over the groups, and each layer runs its whole group.
std::int64_t StackDescription::parameters_of(std::int64_t layer) const {
  if (num_groups == 0) return layer;
  const std::int64_t steps = num_layers() / inner_group;
  const std::int64_t group = layer / inner_group * num_groups / steps;
  return group * inner_group + layer % inner_group;
}

bool Description::has_open_positions() const {
  return embedding.positions == EmbeddingDescription::Positions::none;
}

}  // namespace prospect
