#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "search/providers.h"

namespace prospect::detail {

/// The words of a parse, with all that a name covers made one word.
///
/// @param words  from left to right. @param links  indices into `words`.
SentenceParse with_names(std::span<const TextRange> words,
                         std::span<const SentenceParse::Link> links,
                         std::span<const TextRange> names);

}  // namespace prospect::detail
