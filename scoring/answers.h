#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/scorer.h"
#include "core/vocabulary.h"

namespace prospect {

/// An answer as the language model writes it into the slot.
struct AnswerPieces {
  std::vector<TokenId> ids;        ///< At least one, unless there is a failure.
  double divisor = 1;              ///< What the length norm divides by.
  std::optional<Failure> failure;  ///< The answer cannot be scored by the rule.
};

/// Encodes an answer for the slot of a template.
///
/// A failure says: no token at all; a token that stands for unknown text; several tokens where the
/// rule takes one. Ids that are given are taken as they are.
AnswerPieces encode_pieces(const Vocabulary& vocabulary, const Template& tmpl, const Answer& answer,
                           const ScoringSpec& spec);

/// The forward passes that answers of these lengths take for one prompt: one per distinct number of
/// masks, and where masks are filled one after the other, one more for each further token.
/// Source: PET (Schick and Schuetze 2021), whose first pass serves all answers of a length.
std::int64_t num_forwards(std::span<const std::size_t> lengths, AnswerRule rule);

}  // namespace prospect
