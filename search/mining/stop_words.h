#pragma once

#include <string_view>

namespace prospect {

/// Whether a word in lower case is one of English's closed classes: articles, pronouns,
/// prepositions, conjunctions, auxiliaries, and the particles that go with them.
bool is_stop_word(std::string_view word);

}  // namespace prospect
