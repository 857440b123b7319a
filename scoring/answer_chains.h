#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/scorer.h"
#include "scoring/prompt.h"
#include "scoring/slot_reader.h"

namespace prospect {

/// An answer being written into the masks of one prompt.
struct AnswerChain {
  struct Slot {
    std::uint32_t prompt = 0;    ///< Index into the prompts of the present round.
    std::uint32_t position = 0;  ///< Whose output tells of the token.
    TokenId needed = 0;
  };

  std::vector<Slot> open;  ///< Tokens not yet read, from left to right.
  bool rank = false;       ///< Whether the token's rank is wanted; for answers of one token.
  double log_p = 0;        ///< Sum over the slots that are filled; a logit in a logit space.
  std::int32_t rank_value = 0;
};

/// Writes all chains into their masks, and sums what the model says of each token.
///
/// `parallel`, `single` and `within_word` read all tokens of the first pass. `left_to_right` fills
/// the first open mask, reads again, and so on. `most_confident` fills the mask whose needed token
/// is the most probable (of equal ones the leftmost). Equal prompts of a round are computed once.
/// Source: PET (Schick and Schuetze 2021), sec. 3.3; no length normalisation.
///
/// @param prompts  of the first round: what the chains' `prompt` refers to.
void run_chains(const PretrainedLM& lm, const WorkPool& pool, const PromptSet& prompts,
                std::span<AnswerChain> chains, AnswerRule rule, ReadSpace space,
                Precision precision);

}  // namespace prospect
