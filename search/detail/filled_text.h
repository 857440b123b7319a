#pragma once

#include <string>
#include <string_view>

#include "core/task.h"
#include "core/template.h"
#include "core/vocabulary.h"

namespace prospect {

/// The text that a template spells when it is filled: its fields with the example's, its answer
/// slot with `answer`. Trigger and fixed tokens are written as text; demonstrations are left out, a
/// segment break is a space. What would not fit into the model is cut from the end of the longest
/// field, a word at a time.
/// @throws Error (input) where the example lacks a field.
std::string filled_text(const Template& tmpl, const Vocabulary& vocabulary, const Example& example,
                        std::string_view answer);

}  // namespace prospect
