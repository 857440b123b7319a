#include "datasets/parsers/named_words.h"

#include <algorithm>

namespace prospect::detail {

SentenceParse with_names(std::span<const TextRange> words,
                         std::span<const SentenceParse::Link> links,
                         std::span<const TextRange> names) {
  std::vector<TextRange> shown;
  for (const auto& word : words) {
    const auto name = std::find_if(names.begin(), names.end(),
                                   [&](const TextRange& other) { return other.overlaps(word); });
    shown.push_back(name == names.end() ? word : *name);
  }
  SentenceParse parse;
  parse.words = shown;
  std::sort(parse.words.begin(), parse.words.end());
  parse.words.erase(std::unique(parse.words.begin(), parse.words.end()), parse.words.end());
  const auto index_of = [&](std::size_t word) {
    return static_cast<std::size_t>(
        std::lower_bound(parse.words.begin(), parse.words.end(), shown[word]) -
        parse.words.begin());
  };
  for (const auto& link : links) {
    const auto [left, right] = std::minmax({index_of(link.left), index_of(link.right)});
    if (left != right) parse.links.push_back({left, right});
  }
  return parse;
}

}  // namespace prospect::detail
