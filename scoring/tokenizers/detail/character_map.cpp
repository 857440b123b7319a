#include "scoring/tokenizers/detail/character_map.h"

#include "core/error.h"
#include "core/text.h"

namespace prospect::tokenizers {
namespace {

constexpr std::uint32_t kIsValue = 0x80000000U, kHasValue = 0x100U, kLabel = 0x800000FFU;

std::uint32_t word_at(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i)
    value |= std::uint32_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
  return value;
}

}  // namespace

CharacterMap::CharacterMap(std::string_view bytes, const std::string& where) {
  const std::size_t size = bytes.size() < 4 ? 0 : word_at(bytes, 0);
  if (bytes.size() < 8 || size < 4 || size % 4 != 0 || size > bytes.size() - 4)
    fail(ErrorKind::input, where, "expected the size of a trie and the trie, found ", bytes.size(),
         " bytes that are none");
  for (std::size_t at = 4; at < 4 + size; at += 4) units_.push_back(word_at(bytes, at));
  strings_ = bytes.substr(4 + size);
  if (invalid_utf8(strings_))
    fail(ErrorKind::input, where, "expected replacements in UTF-8, found other bytes");
  check(where);
}

// Every step from a unit stays in the table, since a step changes the last eight bits alone, and
// every value is a place of the strings. SentencePiece's library relies on it.
void CharacterMap::check(const std::string& where) const {
  for (std::size_t i = 0; i < units_.size(); ++i) {
    const std::uint32_t unit = units_[i];
    const bool inside = (unit & kIsValue) != 0 ? (unit & ~kIsValue) < strings_.size()
                                               : ((i ^ offset_of(unit)) | 0xFFU) < units_.size();
    if (!inside)
      fail(ErrorKind::input, where,
           "expected a trie that leads to its own units and replacements, "
           "found unit ",
           i, " of ", units_.size(), " leading elsewhere; the file is damaged");
  }
  if (strings_.empty() || strings_.back() != '\0')
    fail(ErrorKind::input, where, "expected replacements that end with a zero byte, found ",
         strings_.size(), " bytes that do not");
}

std::optional<std::string_view> CharacterMap::find(std::string_view text) const {
  std::size_t node = offset_of(units_[0]);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte == 0) break;
    node ^= byte;
    if (node >= units_.size() || (units_[node] & kLabel) != byte) return std::nullopt;
    const std::uint32_t unit = units_[node];
    node ^= offset_of(unit);
    if ((unit & kHasValue) == 0) continue;
    if (node >= units_.size()) return std::nullopt;
    const std::size_t at = units_[node] & ~kIsValue;
    if (at >= strings_.size()) return std::nullopt;
    return std::string_view(strings_).substr(at, strings_.find('\0', at) - at);
  }
  return std::nullopt;
}

}  // namespace prospect::tokenizers
