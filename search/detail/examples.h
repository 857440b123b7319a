#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/rng.h"
#include "core/task.h"

namespace prospect {

/// The examples of a pool at some places, in their order.
std::vector<Example> examples_at(std::span<const Example> pool,
                                 std::span<const ExampleIndex> indices);

/// A random draw without repetition, in random order. The whole pool is shuffled, however few are
/// wanted, so that the stream goes on alike. @return at most `most` indices below `pool_size`
std::vector<ExampleIndex> draw_examples(std::size_t pool_size, std::size_t most, Rng& rng);

}  // namespace prospect
