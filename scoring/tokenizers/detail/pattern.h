#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "scoring/tokenizers/detail/utf8.h"

namespace prospect::tokenizers {

/// A part of a text, and whether a pattern matched it.
struct Part {
  Range range;
  bool matched = false;
};

/// What is looked for in a text: a fixed string or a regular expression.
class Pattern {
 public:
  virtual ~Pattern() = default;
  /// Cuts a text into matches and what lies between them; the parts cover the text.
  virtual std::vector<Part> find(std::string_view text) const = 0;
};

/// Reads `{"String": "..."}` or `{"Regex": "..."}`.
/// @throws Error (unsupported) for an expression that ICU does not read, with its reason.
std::unique_ptr<const Pattern> read_pattern(const JsonReader& reader);

/// The parts of a text, each code point for which `matches` holds being a match of its own.
std::vector<Part> find_each(std::string_view text, const std::function<bool(char32_t)>& matches);

/// What becomes of the matches when a text is split at them.
enum class Delimiter { removed, isolated, merged_with_previous, merged_with_next, contiguous };

/// Reads a member "behavior"; `otherwise` where there is none.
Delimiter read_delimiter(const JsonReader& reader, Delimiter otherwise);

/// The ranges that are left when a text is split; empty ones are left out.
std::vector<Range> split_at(const std::vector<Part>& parts, Delimiter delimiter);

}  // namespace prospect::tokenizers
