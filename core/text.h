#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace prospect {

/// The byte offset of the first byte that is not part of valid UTF-8; nothing when all is valid.
/// Surrogates, overlong forms and values above U+10FFFF are invalid.
std::optional<std::size_t> invalid_utf8(std::string_view text);

/// `text` with its first code point in lower case (simple case mapping).
std::string lower_first(std::string_view text);

/// `text` in lower case, by Unicode's full, locale-independent mapping. Bytes that are not valid
/// UTF-8 become U+FFFD.
std::string lower(std::string_view text);

/// `text` without the punctuation (general category P) and white space at its end. Symbols such as
/// `$` and emoji stay, but `%` and `&` are punctuation to Unicode.
std::string strip_final_punctuation(std::string_view text);

/// `text` without white space (Unicode White_Space) at both ends.
std::string_view trim(std::string_view text);

/// Whether `text` starts with an upper- or title-case letter.
bool starts_capitalised(std::string_view text);

/// Whether `text` is non-empty and every code point is white space.
bool is_blank(std::string_view text);

/// Whether `text` is non-empty and a person could type it: valid UTF-8 without control, format,
/// private-use, unassigned or replacement characters. A line break is a control character, the
/// joiner inside some emoji a format character.
bool is_typable(std::string_view text);

/// The number of code points of valid UTF-8.
std::size_t code_points(std::string_view text);

/// Splits at every `separator`; an empty text is one empty part.
std::vector<std::string> split(std::string_view text, char separator);

/// The parts with `separator` between them.
std::string join(std::span<const std::string> parts, std::string_view separator);

/// The known name with the smallest edit distance to `name`, when it is near enough to be a slip
/// of the finger (at most a third of its length, at least 2) and they share a letter.
std::optional<std::string> nearest_name(std::string_view name, std::span<const std::string> known);

/// `"; did you mean 'x'?"`, or the list of known names when none is near: the end of a message
/// about an unknown name.
std::string suggestion(std::string_view name, std::span<const std::string> known);

/// 16 hexadecimal digits of a 64-bit FNV-1a hash: fingerprints of data, specs and templates.
std::string fingerprint(std::string_view bytes);

}  // namespace prospect
