#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/template.h"

namespace prospect {

/// What counts as one unit of literal text when a prompt is edited.
enum class Granularity {
  word,
  phrase,    ///< A run of function words and the run of content words behind it.
  sentence,  ///< Up to a full stop, question or exclamation mark, or a slot.
};

/// @param name  word, phrase or sentence.
Granularity granularity_from(const std::string& name);

/// A piece of a prompt as edits see it: some literal text, or a slot that always stays.
struct PromptUnit {
  std::string space;          ///< White space before it.
  std::string text;           ///< Literal text without white space at its ends.
  std::optional<Piece> slot;  ///< Then `text` is empty.

  /// Whether it is text that may be edited: it holds a letter or digit, so that bare punctuation
  /// stays where it is.
  bool is_phrase() const;
  bool operator==(const PromptUnit&) const = default;
};

/// Cuts a template into units. `join_units` gives the same template again.
///
/// A phrase is a "chinks and chunks" group: English function words (articles, prepositions,
/// pronouns, auxiliaries, conjunctions) open it, content words close it. Text of other languages
/// holds no such word, so its phrases end at punctuation alone.
/// Source: Liberman and Church 1992; here in place of a constituency parser.
std::vector<PromptUnit> split_units(const Template& tmpl, Granularity granularity);

/// The template that the units spell. White space at its beginning is dropped.
Template join_units(std::span<const PromptUnit> units);

/// The indices of the units that may be edited.
std::vector<std::size_t> phrase_indices(std::span<const PromptUnit> units);

/// Takes the unit at `index` out; what stood apart stays apart.
void erase_unit(std::vector<PromptUnit>& units, std::size_t index);

/// Puts `text` before the unit at `index` (at most `units.size()`), with white space around it.
void insert_unit(std::vector<PromptUnit>& units, std::size_t index, const std::string& text);

/// The white-space separated parts of a text.
std::vector<std::string> words_of(const std::string& text);

/// Whether a text holds a letter or digit (any character beyond ASCII counts as one).
bool has_word_character(const std::string& text);

}  // namespace prospect
