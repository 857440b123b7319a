#include "core/text.h"

#include <unicode/locid.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <numeric>

namespace prospect {
namespace {

// The code point at `offset`, which moves behind it; negative where the bytes are not valid UTF-8.
UChar32 next_code_point(std::string_view text, std::size_t& offset) {
  UChar32 c = 0;
  auto i = static_cast<std::int64_t>(offset);
  const auto length = static_cast<std::int64_t>(text.size());
  U8_NEXT(text.data(), i, length, c);
  offset = static_cast<std::size_t>(i);
  return c;
}

bool is_punctuation(UChar32 c) {
  return (U_GET_GC_MASK(c) & U_GC_P_MASK) != 0;
}

// The last code point of a non-empty text and where it starts; negative where the last bytes are
// not valid UTF-8.
struct Last {
  UChar32 code_point = -1;
  std::size_t start = 0;
};

Last last_code_point(std::string_view text) {
  Last last{-1, text.size() - 1};
  while (last.start > 0 && (static_cast<unsigned char>(text[last.start]) & 0xC0U) == 0x80U)
    --last.start;
  std::size_t end = last.start;
  const UChar32 c = next_code_point(text, end);
  if (end == text.size()) last.code_point = c;  // else stray bytes follow
  return last;
}

std::string_view trim_end(std::string_view text) {
  while (!text.empty()) {
    const Last last = last_code_point(text);
    if (!u_isUWhiteSpace(last.code_point)) break;
    text = text.substr(0, last.start);
  }
  return text;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitute = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitute});
    }
  }
  return row.back();
}

}  // namespace

std::optional<std::size_t> invalid_utf8(std::string_view text) {
  for (std::size_t offset = 0; offset < text.size();) {
    const std::size_t start = offset;
    if (next_code_point(text, offset) < 0) return start;
  }
  return std::nullopt;
}

std::string lower_first(std::string_view text) {
  if (text.empty()) return {};
  std::size_t offset = 0;
  const UChar32 first = next_code_point(text, offset);
  if (first < 0) return std::string(text);
  std::string result;
  icu::UnicodeString(u_tolower(first)).toUTF8String(result);
  return result.append(text.substr(offset));
}

std::string lower(std::string_view text) {
  std::string result;
  icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int>(text.size())))
      .toLower(icu::Locale::getRoot())
      .toUTF8String(result);
  return result;
}

std::string strip_final_punctuation(std::string_view text) {
  text = trim_end(text);
  while (!text.empty()) {
    const Last last = last_code_point(text);
    if (last.code_point < 0 || !is_punctuation(last.code_point)) break;
    text = trim_end(text.substr(0, last.start));
  }
  return std::string(text);
}

std::string_view trim(std::string_view text) {
  std::size_t begin = 0;
  while (begin < text.size()) {
    std::size_t offset = begin;
    if (!u_isUWhiteSpace(next_code_point(text, offset))) break;
    begin = offset;
  }
  return trim_end(text.substr(begin));
}

bool starts_capitalised(std::string_view text) {
  if (text.empty()) return false;
  std::size_t offset = 0;
  const UChar32 c = next_code_point(text, offset);
  return c >= 0 && (u_isUUppercase(c) || u_istitle(c));
}

bool is_blank(std::string_view text) {
  return !text.empty() && trim(text).empty();
}

bool is_typable(std::string_view text) {
  if (text.empty()) return false;
  constexpr std::uint32_t kUntypable = U_GC_CC_MASK | U_GC_CF_MASK | U_GC_CO_MASK | U_GC_CN_MASK |
                                       U_GC_CS_MASK | U_GC_ZL_MASK | U_GC_ZP_MASK;
  for (std::size_t offset = 0; offset < text.size();) {
    const UChar32 c = next_code_point(text, offset);
    if (c < 0 || c == 0xFFFD || (U_GET_GC_MASK(c) & kUntypable) != 0) return false;
  }
  return true;
}

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string join(std::span<const std::string> parts, std::string_view separator) {
  std::string result;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) result += separator;
    result += parts[i];
  }
  return result;
}

std::optional<std::string> nearest_name(std::string_view name, std::span<const std::string> known) {
  const std::string* nearest = nullptr;
  std::size_t least = 0;
  for (const auto& candidate : known) {
    const std::size_t distance = edit_distance(name, candidate);
    if (distance >= std::max(name.size(), candidate.size())) continue;  // nothing in common
    if (nearest == nullptr || distance < least) {
      nearest = &candidate;
      least = distance;
    }
  }
  const std::size_t near_enough = std::max<std::size_t>(2, name.size() / 3);
  if (nearest == nullptr || least > near_enough) return std::nullopt;
  return *nearest;
}

std::string suggestion(std::string_view name, std::span<const std::string> known) {
  if (const auto nearest = nearest_name(name, known)) return "; did you mean '" + *nearest + "'?";
  return "; known are: " + join(known, ", ");
}

std::string fingerprint(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(hash));
  return digits;
}

}  // namespace prospect
