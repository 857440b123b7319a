#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/candidate.h"
#include "core/matrix.h"
#include "core/vocabulary.h"
#include "scoring/prompt.h"

namespace prospect {

class PretrainedLM;
class WorkPool;

/// What an encoder-decoder's target begins with: its start token, and where the text has a sentinel
/// for the answer, that.
std::vector<TokenId> target_start(const PretrainedLM& lm, const Vocabulary& vocabulary);

/// Why no output tells of a filled template's answer, or empty: a causal LM needs text before it.
std::string slot_fault(const Filled& filled, const PretrainedLM& lm);

/// A filled template as a prompt, with the position of each answer slot's first token.
/// @throws Error (input) for a `slot_fault`.
SlotPrompt slot_prompt(Filled filled, const PretrainedLM& lm, const Vocabulary& vocabulary);

/// A candidate filled with examples, as the oracles see it: one answer slot.
struct SlotPrompts {
  std::vector<Prompt> prompts;
  std::vector<std::uint32_t> slots;  ///< The position of each whose output tells of the answer.
  std::vector<std::vector<std::uint32_t>> triggers;  ///< The trigger slots of each, in order.

  std::size_t size() const { return prompts.size(); }
  /// The answer slots as the positions that are wanted of each prompt.
  std::vector<std::vector<std::uint32_t>> wanted() const;
};

/// @throws Error (input) naming the example that the template cannot be filled with, and why.
SlotPrompts fill_slots(const Candidate& candidate, std::span<const Example> examples,
                       const Vocabulary& vocabulary, const PretrainedLM& lm);

/// What the output rows are multiplied with at each prompt's answer slot. [R, D]
MatrixXf slot_vectors(const SlotPrompts& filled, const PretrainedLM& lm, const WorkPool& pool);

}  // namespace prospect
