#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <optional>

#include "core/error.h"
#include "scoring/tokenizers/detail/unicode.h"

namespace prospect::tokenizers {
namespace {

// The tables of the reference are Unicode 9's: what came later neither decomposes nor composes, and
// is no combining character.
bool is_known(UChar32 c) {
  if (c < 0x800) return true;
  UVersionInfo age;
  u_charAge(c, age);
  return age[0] <= 9;
}

std::uint8_t combining_class(char32_t c) {
  const auto code_point = static_cast<UChar32>(c);
  return c < 0x300 || !is_known(code_point) ? 0 : u_getCombiningClass(code_point);
}

const icu::Normalizer2& tables(bool compatibility) {
  UErrorCode code = U_ZERO_ERROR;
  const icu::Normalizer2* tables = compatibility ? icu::Normalizer2::getNFKDInstance(code)
                                                 : icu::Normalizer2::getNFDInstance(code);
  if (U_FAILURE(code) || tables == nullptr)
    fail(ErrorKind::internal, "normal forms", "ICU has no tables: ", u_errorName(code));
  return *tables;
}

const icu::Normalizer2& composition_table() {
  UErrorCode code = U_ZERO_ERROR;
  const icu::Normalizer2* table = icu::Normalizer2::getNFCInstance(code);
  if (U_FAILURE(code) || table == nullptr)
    fail(ErrorKind::internal, "normal forms", "ICU has no tables: ", u_errorName(code));
  return *table;
}

// Sorts each run of combining characters by their class; equal ones keep their order.
void order_canonically(std::vector<Change>& changes) {
  auto run = changes.begin();
  while (run != changes.end()) {
    if (combining_class(run->code_point) == 0) {
      ++run;
      continue;
    }
    const auto end = std::find_if(run, changes.end(), [](const Change& change) {
      return combining_class(change.code_point) == 0;
    });
    std::stable_sort(run, end, [](const Change& a, const Change& b) {
      return combining_class(a.code_point) < combining_class(b.code_point);
    });
    run = end;
  }
}

std::vector<Change> decompose(std::string_view text, const icu::Normalizer2& table) {
  std::vector<Change> changes;
  changes.reserve(text.size() + text.size() / 4);
  icu::UnicodeString parts;
  for (std::size_t offset = 0; offset < text.size();) {
    const char32_t c = next_code_point(text, offset);
    const auto code_point = static_cast<UChar32>(c);
    if (c < 0x80 || !is_known(code_point) || !table.getDecomposition(code_point, parts)) {
      changes.push_back({c, 0});
      continue;
    }
    for (std::int32_t i = 0; i < parts.length(); i = parts.moveIndex32(i, 1))
      changes.push_back({static_cast<char32_t>(parts.char32At(i)), i > 0 ? 1 : 0});
  }
  order_canonically(changes);
  return changes;
}

std::optional<char32_t> compose_pair(char32_t a, char32_t b) {
  if (b < 0x300) return std::nullopt;
  const UChar32 composed =
      composition_table().composePair(static_cast<UChar32>(a), static_cast<UChar32>(b));
  if (composed < 0 || !is_known(composed)) return std::nullopt;
  return static_cast<char32_t>(composed);
}

// Composes each starter with what follows it and is not blocked (Unicode Standard, D117).
std::vector<Change> compose(const std::vector<Change>& parts) {
  std::vector<Change> changes;
  changes.reserve(parts.size());
  std::optional<std::size_t> starter;
  std::uint8_t last_class = 0;
  bool adjacent = true;  // nothing stands between the starter and this part
  for (const Change& part : parts) {
    const std::uint8_t this_class = combining_class(part.code_point);
    if (starter && (adjacent || last_class < this_class)) {
      if (const auto composed = compose_pair(changes[*starter].code_point, part.code_point)) {
        // An added code point that merges with its starter again leaves nothing that is gone.
        changes[*starter] = {*composed, changes[*starter].change + part.change - 1};
        continue;
      }
    }
    if (this_class == 0) {
      starter = changes.size();
      adjacent = true;
    } else {
      adjacent = false;
      last_class = this_class;
    }
    changes.push_back(part);
  }
  return changes;
}

}  // namespace

void normalize(AlignedText& text, NormalForm form) {
  if (is_ascii(text.text())) return;
  const bool compatibility = form == NormalForm::nfkc || form == NormalForm::nfkd;
  const bool composed = form == NormalForm::nfc || form == NormalForm::nfkc;
  auto changes = decompose(text.text(), tables(compatibility));
  if (composed) changes = compose(changes);
  text.rewrite(changes);
}

}  // namespace prospect::tokenizers
