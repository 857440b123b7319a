#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/task.h"

namespace prospect {

/// Examples of a pool with the labels in turn: each label's first, then each one's second, and so
/// on. Those without a label are left out.
/// @return at most `most` indices into `pool`.
std::vector<ExampleIndex> labels_in_turn(std::span<const Example> pool, std::size_t num_labels,
                                         std::size_t most);

/// The template with `{demos}` in front, where it has none.
Template with_demonstration_slot(const Template& tmpl);

/// Whether a template has `{demos}`.
bool has_demonstration_slot(const Template& tmpl);

}  // namespace prospect
