#include "search/detail/examples.h"

#include <algorithm>
#include <numeric>

namespace prospect {

std::vector<Example> examples_at(std::span<const Example> pool,
                                 std::span<const ExampleIndex> indices) {
  std::vector<Example> examples;
  examples.reserve(indices.size());
  for (const auto index : indices) examples.push_back(pool[index]);
  return examples;
}

std::vector<ExampleIndex> draw_examples(std::size_t pool_size, std::size_t most, Rng& rng) {
  std::vector<ExampleIndex> indices(pool_size);
  std::iota(indices.begin(), indices.end(), ExampleIndex{0});
  rng.shuffle(indices);
  indices.resize(std::min(pool_size, most));
  return indices;
}

}  // namespace prospect
