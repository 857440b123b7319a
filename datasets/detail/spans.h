#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/detail/rows.h"

namespace prospect::detail {

/// A run of words, as byte offsets into its text.
struct TextSpan {
  std::size_t begin = 0, end = 0;
  bool operator==(const TextSpan&) const = default;
};

/// Every run of at most `most_words` words, by its beginning and then its length. A word is what
/// stands between white space, less ASCII punctuation at its ends; punctuation between two words
/// ends a run, but for a possessive apostrophe.
std::vector<TextSpan> word_spans(std::string_view text, std::size_t most_words);

/// Reads a file of texts with marked spans, JSON Lines of `{"text": .., "entities": [{"begin",
/// "end", "type"}]}`, into one example for each span of each text: a question of template-based
/// recognition (Cui et al. 2021). Offsets count characters. A span that is not marked has the last
/// label. Its fields are the text and the span, its group the text's id, its `raw` the whole line.
/// @throws Error (input) for an unknown type, or a marked span that is no run of at most
/// `span_words` words.
LoadedRows load_spans(const TaskData& data, const std::filesystem::path& file,
                      const std::string& prefix);

}  // namespace prospect::detail
