#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "scoring/pretrained_lm.h"
#include "scoring/prompt.h"

namespace prospect {

/// Whether prompts that begin alike share what a causal LM computes of their beginning. The numbers
/// are the same bits either way.
enum class PrefixReuse { on, off };

/// Packs prompts into work items: by length, or, where a causal LM may share beginnings, with those
/// side by side that begin alike.
/// @param wanted       ascending positions of each prompt: what is wanted cannot be shared.
/// @param most_tokens  of one item, shared ones counted once.
/// @return the prompts of each item.
std::vector<std::vector<std::uint32_t>> pack_prompts(
    const PretrainedLM& lm, std::span<const Prompt> prompts,
    std::span<const std::vector<std::uint32_t>> wanted, std::size_t num_threads,
    std::size_t most_tokens, PrefixReuse reuse = PrefixReuse::on);

/// Gathers the prompts of one item. What is wanted comes in order of the item's prompts.
TokenBatch make_batch(const PretrainedLM& lm, std::span<const std::uint32_t> item,
                      std::span<const Prompt> prompts,
                      std::span<const std::vector<std::uint32_t>> wanted,
                      PrefixReuse reuse = PrefixReuse::on);

}  // namespace prospect
