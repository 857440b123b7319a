#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "scoring/tokenizers/detail/aligned_text.h"

namespace prospect::tokenizers {

// What the reference tokenizers think of a code point. Its parts were made with tables of different
// Unicode versions, and an id can hang on that: categories are Unicode 8's, canonical and
// compatibility forms Unicode 9's, case, digits and word characters Unicode 17's. ICU has the
// newest; a code point that came after a table's version is an unassigned one for it, and the few
// whose category changed since are listed in the source.

bool is_white_space(char32_t c);

/// What BERT's clean_text drops: control, format and private-use characters, NUL, U+FFFD; neither
/// tab, line feed and carriage return nor unassigned code points.
bool is_bert_control(char32_t c);

/// Non-spacing marks, which BERT's strip_accents drops.
bool is_nonspacing_mark(char32_t c);

/// Marks of all kinds, which the normalizer StripAccents drops.
bool is_combining_mark(char32_t c);

/// ASCII punctuation and symbols, and punctuation of all scripts.
bool is_punctuation(char32_t c);

/// The CJK blocks around whose characters BERT puts spaces.
bool is_chinese(char32_t c);

bool is_numeric(char32_t c);

/// What `\p{L}` and `\p{N}` match in the regular expressions of tokenizers: Unicode 16.
bool is_letter(char32_t c);
bool is_number(char32_t c);

/// The script of a code point, of Unicode 9, as a number of ICU's; kana count as Han. Nothing for a
/// blank and for code points without a script.
std::optional<int> script_of(char32_t c);

/// A character that `\w` matches.
bool is_word_character(char32_t c);

/// Appends the lower case of `c`; the context (final sigma) is not looked at.
void append_lower(char32_t c, std::vector<Change>& changes);

enum class NormalForm { nfc, nfd, nfkc, nfkd };

/// Brings a text into a normal form.
void normalize(AlignedText& text, NormalForm form);

}  // namespace prospect::tokenizers
