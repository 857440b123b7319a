#include "core/words.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cstdint>

namespace prospect {
namespace {

constexpr std::string_view kClitics[] = {"s", "re", "ve", "ll", "d", "m"};
constexpr UChar32 kRightQuote = 0x2019;

bool is_word_character(UChar32 c) {
  return c >= 0 &&
         (U_GET_GC_MASK(c) & (U_GC_L_MASK | U_GC_M_MASK | U_GC_N_MASK | U_GC_PC_MASK)) != 0;
}

struct CodePoint {
  UChar32 value = U_SENTINEL;  ///< Negative past the end.
  std::size_t end = 0;
};

CodePoint code_point_at(std::string_view text, std::size_t at) {
  if (at >= text.size()) return {U_SENTINEL, at};
  auto next = static_cast<std::int64_t>(at);
  const auto length = static_cast<std::int64_t>(text.size());
  UChar32 c = U_SENTINEL;
  U8_NEXT(text.data(), next, length, c);
  return {c, static_cast<std::size_t>(next)};
}

// Inside of a word, where word characters stand on both sides.
bool joins_words(UChar32 c, UChar32 before, UChar32 after) {
  if (c == ',') return u_isdigit(before) && u_isdigit(after);
  return c == '-' || c == '.' || c == '\'' || c == '&' || c == kRightQuote;
}

// Where `'s` of a word begins; the word's end where it has none.
std::size_t clitic_begin(std::string_view text, TextRange word) {
  const std::string_view form = word.of(text);
  for (const std::string_view quote : {"'", "’"}) {
    const std::size_t at = form.rfind(quote);
    if (at == std::string_view::npos || at == 0) continue;
    const std::string rest = lower_same_length(form.substr(at + quote.size()));
    if (std::find(std::begin(kClitics), std::end(kClitics), rest) != std::end(kClitics))
      return word.begin + at;
  }
  return word.end;
}

std::size_t word_end(std::string_view text, std::size_t begin) {
  std::size_t end = begin;
  UChar32 before = U_SENTINEL;
  for (;;) {
    const CodePoint here = code_point_at(text, end);
    if (is_word_character(here.value)) {
      before = here.value;
      end = here.end;
      continue;
    }
    const CodePoint after = code_point_at(text, here.end);
    if (here.value < 0 || !is_word_character(after.value) ||
        !joins_words(here.value, before, after.value))
      return end;
    before = after.value;
    end = after.end;
  }
}

}  // namespace

bool is_word_boundary(std::string_view text, std::size_t at) {
  if (at == 0 || at >= text.size()) return true;
  const std::size_t reach = std::min<std::size_t>(at, U8_MAX_LENGTH);
  const std::string_view before = text.substr(at - reach, reach);
  auto place = static_cast<std::int32_t>(reach);
  UChar32 left = U_SENTINEL;
  U8_PREV(before.data(), 0, place, left);
  return !is_word_character(left) || !is_word_character(code_point_at(text, at).value);
}

std::vector<TextRange> split_words(std::string_view text) {
  std::vector<TextRange> words;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint here = code_point_at(text, at);
    if (u_isUWhiteSpace(here.value)) {
      at = here.end;
    } else if (is_word_character(here.value)) {
      const TextRange word{at, word_end(text, at)};
      const std::size_t clitic = clitic_begin(text, word);
      words.push_back({word.begin, clitic});
      if (clitic < word.end) words.push_back({clitic, word.end});
      at = word.end;
    } else {
      // A clitic whose word is not there, since the text begins behind it: "'s capital".
      const CodePoint next = code_point_at(text, here.end);
      const bool is_quote = here.value == '\'' || here.value == kRightQuote;
      std::size_t end = here.end;
      if (is_quote && at == 0 && is_word_character(next.value)) {
        const std::size_t word = word_end(text, here.end);
        if (clitic_begin("x" + std::string(text.substr(0, word)), {0, word + 1}) == 1) end = word;
      } else if (here.value == '-' || here.value == '.') {
        while (end < text.size() && text[end] == text[at]) ++end;
      }
      words.push_back({at, end});
      at = end;
    }
  }
  return words;
}

bool holds_word(std::string_view token) {
  for (std::size_t at = 0; at < token.size();) {
    const CodePoint here = code_point_at(token, at);
    if (u_isalnum(here.value)) return true;
    at = here.end;
  }
  return false;
}

std::string lower_same_length(std::string_view text) {
  std::string lowered(text);
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint here = code_point_at(text, at);
    const UChar32 low = here.value < 0 ? here.value : u_tolower(here.value);
    const auto length = static_cast<std::int32_t>(here.end - at);
    if (low >= 0 && low != here.value && U8_LENGTH(low) == length) {
      std::int32_t offset = 0;
      U8_APPEND_UNSAFE(lowered.data() + at, offset, low);
    }
    at = here.end;
  }
  return lowered;
}

}  // namespace prospect
