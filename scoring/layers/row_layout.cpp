#include "scoring/layers/row_layout.h"

#include <numeric>

namespace prospect {

std::int64_t RowLayout::num_tokens() const {
  return std::accumulate(lengths.begin(), lengths.end(), std::int64_t{0});
}

}  // namespace prospect
