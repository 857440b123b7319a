#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "search/providers.h"

namespace prospect::detail {

/// A name where it stands in a text.
struct NameMatch {
  std::uint32_t name = 0;  ///< Index into the names.
  TextRange range;
};

/// Finds any of many names in text, all at once (Vectorscan, the portable Hyperscan).
///
/// `find` may be called from several threads.
class NameMatcher {
 public:
  /// @param names  distinct, valid UTF-8; an empty one is found nowhere.
  NameMatcher(std::span<const std::string> names, LetterCase letter_case);
  ~NameMatcher();

  /// Every free-standing occurrence, by where it ends, then by name.
  std::vector<NameMatch> find(std::string_view text) const;

 private:
  struct Database;
  std::vector<std::size_t> sizes_;  // of the names, in bytes
  LetterCase letter_case_;
  std::unique_ptr<Database> database_;  // none without a name
};

}  // namespace prospect::detail
