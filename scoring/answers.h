#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/scorer.h"
#include "core/vocabulary.h"
#include "scoring/model.h"

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

/// Stands in a written form for a mask.
inline constexpr TokenId kMasked = -1;

/// What is written where an answer stands, while one or more of its tokens are read.
struct WrittenForm {
  std::vector<TokenId> ids;        ///< `kMasked` where a masked LM sees a mask.
  std::vector<std::size_t> reads;  ///< The places in `ids`, and in the answer, that are read.
  auto operator<=>(const WrittenForm&) const = default;
};

/// The forms from which a masked LM reads an answer under a rule; under `left_to_right` and
/// `most_confident` only the first of them, since the others depend on what was read.
std::vector<WrittenForm> masked_forms(std::span<const TokenId> answer, AnswerRule rule,
                                      const Vocabulary& vocabulary);

/// The forward passes that a prompt takes for these answers.
///
/// A masked LM takes one for each distinct form; where masks are filled one after the other, one
/// more for each further token (PET, Schick and Schuetze 2021, whose first pass serves all answers
/// of a length). A causal LM or an encoder-decoder takes one for each distinct input: the answers
/// without their last tokens, or, with text behind, the answers.
std::int64_t num_forwards(std::span<const AnswerPieces> answers, const ScoringSpec& spec,
                          ModelKind kind, bool has_tail, const Vocabulary& vocabulary);

}  // namespace prospect
