#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/calibration.h"
#include "core/candidate.h"
#include "core/vocabulary.h"
#include "experiments/prompt_score.h"

namespace prospect {

/// A prompt of several masks, each a sub-prompt with an answer of its own for every label; a label
/// is as probable as the product of its answers.
///
/// Source: PTR, "Prompt Tuning with Rules" (Han et al. 2021): `... The {mask} {subject} {mask} the
/// {mask} {object}.` asks for the type of the subject, the relation, and the type of the object.
struct Composition {
  Template tmpl;                  ///< With one `{mask}` for each part.
  std::vector<Verbalizer> parts;  ///< One answer a label; labels may share it.
};

/// Reads `{"template": .., "verbalizer": {label: [answer, ..]}, "source"}`, an answer for each mask
/// in order.
/// @throws Error (input) at the place of the fault.
Composition read_composition(const std::filesystem::path& file, const Task& task);

/// Each part as a prompt of its own: its mask is the answer slot, the others stay mask tokens. All
/// of them are one text to the model, which a scorer computes once.
/// @throws Error (unsupported) for a vocabulary without a mask.
std::vector<Candidate> sub_prompts(const Composition& composition, const Vocabulary& vocabulary);

/// The composed prompt, and each part alone.
struct CompositionScore {
  PromptScore composed;
  std::vector<PromptScore> parts;
};
/// Scores all parts in one call.
/// @param calibration  of each part by itself, before the product: `none`, or `batch`, whose prior
/// is
///                     the mean over these examples.
CompositionScore score_composition(Scorer& scorer, const Vocabulary& vocabulary, const Task& task,
                                   const Composition& composition,
                                   std::span<const Example> examples,
                                   Calibration calibration = Calibration::none);

}  // namespace prospect
