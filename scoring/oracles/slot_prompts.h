#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/candidate.h"
#include "core/vocabulary.h"
#include "scoring/prompt.h"

namespace prospect {

class PretrainedLM;

/// A candidate filled with examples, as the oracles see it: one answer slot.
struct SlotPrompts {
  std::vector<Prompt> prompts;
  std::vector<std::uint32_t> slots;                  ///< The answer slot of each.
  std::vector<std::vector<std::uint32_t>> triggers;  ///< The trigger slots of each, in order.

  std::size_t size() const { return prompts.size(); }
  /// The answer slots as the positions that are wanted of each prompt.
  std::vector<std::vector<std::uint32_t>> wanted() const;
};

/// @throws Error (input) naming the example that the template cannot be filled with, and why.
SlotPrompts fill_slots(const Candidate& candidate, std::span<const Example> examples,
                       const Vocabulary& vocabulary, const PretrainedLM& lm);

}  // namespace prospect
