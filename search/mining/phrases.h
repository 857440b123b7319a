#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/template.h"
#include "search/providers.h"

namespace prospect {

/// What stands for the two names in a mined phrase: LAMA's notation. No text gives these tokens,
/// since `split_words` cuts brackets off.
inline constexpr std::string_view kSubjectSlot = "[X]", kObjectSlot = "[Y]";

/// How a stretch of a sentence becomes a phrase, and which phrases count for nothing.
/// Source: Jiang et al. 2020, sec. 3.1, and what the archive of mined prompts shows.
struct PhraseRules {
  std::size_t max_words = 10;  ///< Longer phrases are dropped; the two names do not count.
  bool lower = true;           ///< In lower case.
};

/// The words strictly between the two names: "[X] was born in [Y]"; words are separated by spaces.
/// Nothing where the phrase is empty, too long, or of stop words and punctuation alone.
std::optional<std::string> middle_phrase(const PairMention& mention, const PhraseRules& rules);

/// Whether so many words stand between the names that no phrase around them is short enough.
bool is_too_long(const PairMention& mention, const PhraseRules& rules);

/// The words from the leftmost to the rightmost one on the shortest path between the names:
/// "the capital of [X] is [Y]". Of several shortest paths the one through the leftmost words is
/// taken. Nothing as above, and where no path joins the names.
std::optional<std::string> dependency_phrase(const PairMention& mention, const SentenceParse& parse,
                                             const PhraseRules& rules);

/// The words on that path alone: "capital of [X] is [Y]" where the sentence says "is now".
std::optional<std::string> path_phrase(const PairMention& mention, const SentenceParse& parse,
                                       const PhraseRules& rules);

/// A phrase as a template: the object's slot is the answer's, the subject's holds all `fields`,
/// with spaces between them. @param closing  stands at the end as it is.
Template phrase_template(const std::string& phrase, std::string_view closing,
                         std::span<const std::string> fields);

}  // namespace prospect
