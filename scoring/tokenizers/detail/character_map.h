#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace prospect::tokenizers {

/// SentencePiece's table of replacements: a double-array trie (Aoe 1989, as the library darts-clone
/// writes it) whose values are places of zero-terminated strings.
class CharacterMap {
 public:
  /// @throws Error (input) for bytes that are no such table, and for one whose trie or values lead
  /// out of it.
  CharacterMap(std::string_view bytes, const std::string& where);

  /// What the shortest key that `text` starts with is replaced by; it stands for all of `text`.
  std::optional<std::string_view> find(std::string_view text) const;

 private:
  void check(const std::string& where) const;
  static std::size_t offset_of(std::uint32_t unit) {
    return std::size_t{unit >> 10U} << ((unit & 0x200U) >> 6U);
  }

  std::vector<std::uint32_t> units_;
  std::string strings_;
};

}  // namespace prospect::tokenizers
