#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>

#include "search/oracles.h"

namespace prospect {

/// The `k` best of the allowed ids below `size` by score, of equal ones the lower id first; NaN is
/// left out.
inline TokenIds best_ids(const TokenMask& allowed, std::size_t size, std::size_t k,
                         const std::function<float(TokenId)>& score) {
  TokenIds ids;
  for (std::size_t id = 0; id < std::min(allowed.size(), size); ++id)
    if (allowed[id] && !std::isnan(score(static_cast<TokenId>(id))))
      ids.push_back(static_cast<TokenId>(id));
  const auto end = ids.begin() + static_cast<std::ptrdiff_t>(std::min(k, ids.size()));
  std::partial_sort(ids.begin(), end, ids.end(), [&](TokenId a, TokenId b) {
    const float left = score(a), right = score(b);
    return left != right ? left > right : a < b;
  });
  ids.erase(end, ids.end());
  return ids;
}

}  // namespace prospect
