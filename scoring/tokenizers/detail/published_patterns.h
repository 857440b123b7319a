#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "scoring/tokenizers/detail/pattern.h"

// The regular expressions by which byte-level tokenizers split a text, written out: they are met
// so often that a general matcher's time would show.
namespace prospect::tokenizers {

/// Appends the words of `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+|
/// ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+` (GPT-2) in a part of a text; they cover it.
void split_as_gpt2(std::string_view text, Range part, std::vector<Range>& words);

/// The matcher of a published expression (GPT-2's, Llama 3's, Qwen 2's), or null for another one.
std::unique_ptr<const Pattern> find_published_pattern(std::string_view expression);

}  // namespace prospect::tokenizers
