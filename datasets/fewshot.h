#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/task.h"
#include "datasets/task_file.h"

namespace prospect {

/// How K examples a label are drawn for support and dev.
enum class FewshotProtocol {
  balanced,  ///< A stratified draw from a stream of our own.
  lm_bff,    ///< Gao et al. 2021: numpy's legacy shuffle of the file's lines, the first K lines of a
             ///< label are support, the next K dev; the published files, byte for byte.
};

FewshotProtocol fewshot_protocol_from_name(const std::string& name, const std::string& where);

/// Indices into the training rows.
struct FewshotSplit {
  std::vector<std::uint32_t> support, dev;
};

/// Draws `shots` examples a label for support and as many, disjoint, for dev.
/// @throws Error (input) when a label has fewer than 2 x `shots` rows, with the counts.
FewshotSplit draw_fewshot(std::span<const Example> train, std::size_t num_labels,
                          std::size_t shots, std::uint64_t seed, FewshotProtocol protocol);

/// The task of one split: support and dev drawn from `data.train`, fingerprint set.
/// @param shots  0: all training rows are support, and the task's dev file is dev (or, without one,
///               the rows are halved, stratified).
Task fewshot_task(const TaskData& data, std::size_t shots, std::uint64_t seed,
                  FewshotProtocol protocol);

/// numpy's RandomState(seed).permutation order: where each of `n` items comes from after its legacy
/// `shuffle`. Source: numpy's legacy generator (MT19937, init_genrand, masked rejection).
std::vector<std::uint32_t> numpy_legacy_shuffle(std::size_t n, std::uint32_t seed);

}  // namespace prospect
