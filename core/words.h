#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace prospect {

/// A part of a text, in bytes: [begin, end).
struct TextRange {
  std::size_t begin = 0, end = 0;
  std::size_t size() const { return end - begin; }
  bool overlaps(const TextRange& other) const { return begin < other.end && other.begin < end; }
  std::string_view of(std::string_view text) const { return text.substr(begin, size()); }
  auto operator<=>(const TextRange&) const = default;
};

/// Whether a word may begin or end at byte `at` of valid UTF-8: not both of the code points beside
/// it are letters, marks, digits or connectors (`_`). *guitar* ends at a boundary in *guitar's* and
/// *guitar-playing*, but not in *guitarist*.
bool is_word_boundary(std::string_view text, std::size_t at);

/// Words and punctuation of valid UTF-8, as treebanks cut them: `don't` and `co-founder` are one
/// word, `Peru's` is `Peru` and `'s`, each other mark stands alone, but for `--` and `...`.
std::vector<TextRange> split_words(std::string_view text);

/// Whether valid UTF-8 holds a letter or digit.
bool holds_word(std::string_view token);

/// `text` in lower case, code point by code point, of the same length in bytes: a letter whose
/// lower case has another length stays. For text whose places must stay comparable.
std::string lower_same_length(std::string_view text);

}  // namespace prospect
