#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace prospect {

/// A text with alternatives, `{text} [It|All] was {mask}.`, as choices that are joined in order.
///
/// `[a|b]` is one of its parts, which may be empty; `[[` and `]]` are literal brackets, and so is a
/// pair of brackets without `|`. Braces keep their meaning, so that a slot may be an alternative.
/// ```
/// parse_alternatives("[a|b] c")  // {{"a", "b"}, {" c"}}
/// ```
/// @throws Error (input) naming `where` for a bracket that is not closed, or opened within another.
std::vector<std::vector<std::string>> parse_alternatives(const std::string& text,
                                                         const std::string& where);

/// The number of ways to take one of each; the largest number where that is beyond 64 bits.
std::uint64_t product_size(const std::vector<std::uint64_t>& sizes);

/// The `index`-th way to take one of each, the last place changing fastest.
std::vector<std::uint64_t> product_at(const std::vector<std::uint64_t>& sizes, std::uint64_t index);

}  // namespace prospect
