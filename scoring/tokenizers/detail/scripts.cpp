#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include "scoring/tokenizers/detail/unicode.h"

namespace prospect::tokenizers {
namespace {

// What changed its script since Unicode 9.
std::optional<int> older_script(char32_t c) {
  if (c == 0x589 || c == 0x61C) return USCRIPT_COMMON;
  if (c == 0x953 || c == 0x954) return USCRIPT_DEVANAGARI;
  return std::nullopt;
}

}  // namespace

std::optional<int> script_of(char32_t c) {
  constexpr char32_t kLongVowelMark = 0x30FC;
  if (c == ' ') return std::nullopt;
  if (c == kLongVowelMark) return USCRIPT_HAN;
  if (const auto script = older_script(c)) return script;
  const auto code_point = static_cast<UChar32>(c);
  UVersionInfo age;
  u_charAge(code_point, age);
  UErrorCode code = U_ZERO_ERROR;
  const UScriptCode script = uscript_getScript(code_point, &code);
  if (age[0] == 0 || age[0] > 9 || U_FAILURE(code) != 0 || script == USCRIPT_UNKNOWN)
    return std::nullopt;
  return script == USCRIPT_HIRAGANA || script == USCRIPT_KATAKANA ? USCRIPT_HAN : script;
}

}  // namespace prospect::tokenizers
