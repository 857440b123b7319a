#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "search/gradient/optimiser.h"
#include "search/strategy.h"

namespace prospect {

/// Options of a search that moves vectors by gradient steps on batches of support examples.
struct DescentOptions {
  std::int64_t batch_size = 16;
  std::string loss = "likelihood";
  std::string optimiser = "adamw";
  double learning_rate = 0.1;
  double weight_decay = 0.1;
};

void describe(OptionVisitor& visit, DescentOptions& options);

Optimiser make_optimiser(const DescentOptions& options);

/// A random draw of the batch's size.
std::vector<Example> draw_batch(const DescentOptions& options, const Task& task, Rng& rng);

}  // namespace prospect
