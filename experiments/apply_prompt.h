#pragma once

#include <cstddef>
#include <functional>
#include <istream>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/calibration.h"
#include "core/candidate.h"
#include "core/json.h"
#include "core/scorer.h"
#include "core/task.h"

namespace prospect {

/// What a prompt says of a text.
struct Labelled {
  std::optional<std::string> label;  ///< None where labels tie, or with a failure.
  std::vector<double> log_p;         ///< One per label, normalised over the labels.
  std::int32_t truncated_tokens = 0;
  std::string failure;  ///< Why there is no label.
};

/// Labels texts: one result each, in order. A text that cannot be scored carries a failure.
///
/// With `Calibration::batch` the prior is that of these texts: those that belong together are
/// handed over together.
/// @throws Error (input) where a content-free input of the calibration cannot be scored.
std::vector<Labelled> apply_prompt(Scorer& scorer, const Candidate& candidate,
                                   const ScoringSpec& spec, std::span<const Example> texts,
                                   Calibration calibration = Calibration::none);

/// Reads texts to be labelled and hands them over in batches.
///
/// Plain texts stand one a line and fill the prompt's only field; JSON Lines are objects whose
/// members are the fields, of which further ones are passed over.
/// @param fields  those that the prompt uses.
/// @param name    of the input, for errors.
/// @return the number of texts.
/// @throws Error (input) as `name:line` for invalid UTF-8, an empty or broken line, or one without
/// a field, and where there is no text; (usage) for plain texts where the prompt has several
/// fields.
std::size_t for_each_batch(std::istream& in, const std::string& name, bool json_lines,
                           const std::vector<std::string>& fields, std::size_t batch_size,
                           const std::function<void(std::span<const Example>)>& use);

/// `{"id", "label", "log_probs": {label: ...}, "truncated", "failure"}` and the fields.
Json to_json(const Labelled& labelled, const Example& text, const Verbalizer& verbalizer);

}  // namespace prospect
