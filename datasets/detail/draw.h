#pragma once

#include <span>
#include <string>
#include <vector>

#include "datasets/fewshot.h"

namespace prospect::detail {

/// What a draw is stratified by: a name for messages, and the rows that belong together.
struct Stratum {
  std::string name;
  std::vector<std::uint32_t> rows;
};

/// By label, or by group in a facts task, whose labels are as many as its objects.
std::vector<Stratum> strata_of(std::span<const Example> rows, std::size_t num_labels, bool facts);

/// Draws `shots` rows of each stratum for support and as many for dev: see `draw_fewshot`.
/// @param num_rows  of the training set, whose shuffle `lm_bff` repeats.
FewshotSplit draw(std::vector<Stratum> strata, std::size_t num_rows, std::size_t shots,
                  std::uint64_t seed, FewshotProtocol protocol);

}  // namespace prospect::detail
