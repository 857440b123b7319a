#pragma once

#include <algorithm>
#include <cstddef>

#include "core/matrix.h"
#include "core/template.h"
#include "search/oracles.h"

namespace prospect {

/// The `count` tokens of the highest score, best first, of equal ones the lower id.
/// @param scores  of every token of the vocabulary. [V]
inline TokenIds best_tokens(TokenIds ids, const VectorXf& scores, std::size_t count) {
  const std::size_t size = std::min(ids.size(), count);
  std::partial_sort(
      ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(size), ids.end(),
      [&](TokenId a, TokenId b) { return scores(a) != scores(b) ? scores(a) > scores(b) : a < b; });
  ids.resize(size);
  return ids;
}

}  // namespace prospect
