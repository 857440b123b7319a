#pragma once

#include <string>
#include <vector>

#include "core/candidate.h"
#include "core/vocabulary.h"

namespace prospect {

/// A prompt without one of its parts.
struct PromptPart {
  std::string part;  ///< As people read it: a token, or a word of the text.
  bool is_token = false;
  Candidate without;
};

/// The prompt without each of its parts in turn, in their order: every trigger or fixed token, and
/// every word of its text (with the white space before it; punctuation goes with its word).
///
/// What such a prompt loses is what the part contributes. Fields, the mask and demonstrations stay.
std::vector<PromptPart> leave_one_out(const Candidate& candidate, const Vocabulary& vocabulary);

}  // namespace prospect
