#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "scoring/pretrained_lm.h"
#include "scoring/prompt.h"
#include "scoring/prompt_batches.h"
#include "scoring/work_pool.h"

namespace prospect {

/// Tokens of a work item: its activations stay within the cache that cores share, or not far from
/// it.
inline constexpr std::size_t kTokensPerItem = 1024;

/// A work item after its forward pass: some prompts, and for each the wanted positions' vectors.
struct PromptResults {
  std::span<const std::uint32_t> prompts;  ///< Indices of the item's prompts.
  at::Tensor vectors;                      ///< [W, D] in order of prompts and positions.
};

/// Runs prompts through the model without gradients: packs them into work items, computes each on
/// one thread and calls `use` there, in inference mode. Items do not overlap.
/// @param wanted  ascending positions of each prompt.
void run_prompts(const PretrainedLM& lm, const WorkPool& pool, std::span<const Prompt> prompts,
                 std::span<const std::vector<std::uint32_t>> wanted,
                 const std::function<void(const PromptResults&)>& use,
                 Precision precision = Precision::float32, PrefixReuse reuse = PrefixReuse::on);

}  // namespace prospect
