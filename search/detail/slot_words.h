#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/template.h"

namespace prospect {

/// A template as a sentence in which words stand for its slots, `[X] was born in [Y].`, as a
/// translator gets it: LPAQA's marks, in order of standing.
struct SlotSentence {
  std::string text;
  std::vector<std::string> marks;  ///< `[X]`, `[Y]`, `[Z]`, `[X4]`, ...
  std::vector<Piece> slots;        ///< What each stands for.
};

/// @return nothing where a piece is neither text, field nor answer slot.
std::optional<SlotSentence> as_sentence(const Template& tmpl);

/// A rewritten sentence as a template again.
/// @return nothing unless it holds every mark exactly once.
std::optional<Template> from_sentence(const std::string& text, const SlotSentence& original);

}  // namespace prospect
