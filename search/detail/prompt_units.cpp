#include "search/detail/prompt_units.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <string_view>
#include <utility>

#include "core/error.h"
#include "core/text.h"

namespace prospect {
namespace {

constexpr std::string_view kFunctionWords[] = {
    "a",       "about", "above",  "after", "all",    "am",    "an",      "and",     "any",  "are",
    "as",      "at",    "be",     "been",  "before", "below", "between", "both",    "but",  "by",
    "can",     "could", "did",    "do",    "does",   "each",  "either",  "every",   "for",  "from",
    "had",     "has",   "have",   "he",    "her",    "his",   "how",     "i",       "if",   "in",
    "into",    "is",    "it",     "its",   "just",   "may",   "me",      "might",   "must", "my",
    "no",      "nor",   "not",    "of",    "off",    "on",    "or",      "our",     "out",  "over",
    "shall",   "she",   "should", "so",    "some",   "such",  "than",    "that",    "the",  "their",
    "them",    "then",  "there",  "these", "they",   "this",  "those",   "through", "to",   "under",
    "until",   "up",    "upon",   "us",    "was",    "we",    "were",    "what",    "when", "where",
    "whether", "which", "while",  "who",   "whom",   "whose", "why",     "will",    "with", "would",
    "yes",     "you",   "your",   "yours"};

bool is_space(char c) {
  return std::isspace(static_cast<unsigned char>(c)) != 0;
}

bool is_word_character(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || std::isalnum(byte) != 0;
}

bool is_function_word(const std::string& text) {
  const std::string word = lower(text);
  return std::find(std::begin(kFunctionWords), std::end(kFunctionWords), word) !=
         std::end(kFunctionWords);
}

// Words, and the punctuation at their ends as units of its own; an apostrophe or hyphen inside a
// word belongs to it.
void append_words(const std::string& text, std::vector<PromptUnit>& units) {
  std::size_t at = 0;
  while (at < text.size()) {
    PromptUnit unit;
    while (at < text.size() && is_space(text[at])) unit.space += text[at++];
    std::size_t end = at;
    while (end < text.size() && !is_space(text[end])) ++end;
    const auto first = static_cast<std::size_t>(
        std::find_if(text.begin() + static_cast<std::ptrdiff_t>(at),
                     text.begin() + static_cast<std::ptrdiff_t>(end), is_word_character) -
        text.begin());
    std::size_t last = end;
    while (last > first && !is_word_character(text[last - 1])) --last;
    for (const auto& [begin, stop] :
         {std::pair(at, first), std::pair(first, last), std::pair(last, end)}) {
      if (begin >= stop) continue;
      unit.text = text.substr(begin, stop - begin);
      units.push_back(std::exchange(unit, {}));
    }
    if (at == end && !unit.space.empty()) units.push_back(unit);  // white space alone
    at = end;
  }
}

bool ends_sentence(const PromptUnit& unit) {
  return !unit.is_phrase() && unit.text.find_first_of(".!?") != std::string::npos;
}

// Whether a unit starts with `word` rather than being joined to the words before it.
bool starts_unit(const PromptUnit& before, const PromptUnit& word, Granularity granularity) {
  if (granularity == Granularity::word) return true;
  if (granularity == Granularity::sentence) return ends_sentence(before) && !word.space.empty();
  if (!before.is_phrase() || !word.is_phrase()) return true;
  return is_function_word(word.text) && !is_function_word(before.text);
}

}  // namespace

Granularity granularity_from(const std::string& name) {
  if (name == "word") return Granularity::word;
  if (name == "phrase") return Granularity::phrase;
  if (name == "sentence") return Granularity::sentence;
  fail(ErrorKind::internal, "granularity", "expected word, phrase or sentence, found '", name, "'");
}

bool has_word_character(const std::string& text) {
  return std::any_of(text.begin(), text.end(), is_word_character);
}

bool PromptUnit::is_phrase() const {
  return !slot && has_word_character(text);
}

std::vector<PromptUnit> split_units(const Template& tmpl, Granularity granularity) {
  std::vector<PromptUnit> units;
  std::string space;  // at the end of a literal: it stands before the slot
  for (const auto& piece : tmpl.pieces()) {
    const auto* literal = std::get_if<Literal>(&piece);
    if (literal == nullptr) {
      units.push_back({std::exchange(space, {}), {}, piece});
      continue;
    }
    std::vector<PromptUnit> words;
    append_words(literal->text, words);
    if (!words.empty() && words.back().text.empty()) {
      space = words.back().space;
      words.pop_back();
    }
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (i == 0 || starts_unit(words[i - 1], words[i], granularity))
        units.push_back(words[i]);
      else
        units.back().text += words[i].space + words[i].text;
    }
  }
  if (!space.empty()) units.push_back({space, {}, std::nullopt});
  return units;
}

Template join_units(std::span<const PromptUnit> units) {
  std::vector<Piece> pieces;
  for (const auto& unit : units) {
    const bool is_first = &unit == &units.front();
    if (!is_first && !unit.space.empty()) pieces.emplace_back(Literal{unit.space});
    if (unit.slot)
      pieces.push_back(*unit.slot);
    else
      pieces.emplace_back(Literal{unit.text});
  }
  return Template(std::move(pieces));
}

std::vector<std::size_t> phrase_indices(std::span<const PromptUnit> units) {
  std::vector<std::size_t> indices;
  for (std::size_t i = 0; i < units.size(); ++i)
    if (units[i].is_phrase()) indices.push_back(i);
  return indices;
}

void erase_unit(std::vector<PromptUnit>& units, std::size_t index) {
  const std::string space = units[index].space;
  units.erase(units.begin() + static_cast<std::ptrdiff_t>(index));
  if (index == units.size()) return;
  PromptUnit& next = units[index];
  if (next.space.empty() && (next.slot || next.is_phrase())) next.space = space;
}

void insert_unit(std::vector<PromptUnit>& units, std::size_t index, const std::string& text) {
  if (index < units.size()) {
    PromptUnit& next = units[index];
    if (next.space.empty() && (next.slot || next.is_phrase())) next.space = " ";
  }
  units.insert(units.begin() + static_cast<std::ptrdiff_t>(index), {" ", text, std::nullopt});
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < text.size();) {
    while (at < text.size() && is_space(text[at])) ++at;
    std::size_t end = at;
    while (end < text.size() && !is_space(text[end])) ++end;
    if (end > at) words.push_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

}  // namespace prospect
