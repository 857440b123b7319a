#include "scoring/layers/position_scores.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <vector>

namespace prospect {

std::int64_t relative_bucket(std::int64_t distance, const RelativeBuckets& buckets,
                             Reading reading) {
  std::int64_t count = buckets.count, bucket = 0;
  if (reading == Reading::bidirectional) {
    count /= 2;
    if (distance > 0) bucket = count;
    distance = std::abs(distance);
  } else {
    distance = std::max<std::int64_t>(0, -distance);
  }
  const std::int64_t exact = count / 2;
  if (distance < exact) return bucket + distance;
  // In single precision, as the reference: a bucket's edge may fall on a whole distance.
  const float share = std::log(static_cast<float>(distance) / static_cast<float>(exact)) /
                      static_cast<float>(std::log(static_cast<double>(buckets.max_distance) /
                                                  static_cast<double>(exact)));
  const auto large = exact + static_cast<std::int64_t>(share * static_cast<float>(count - exact));
  return bucket + std::min(large, count - 1);
}

at::Tensor PositionScores::operator()(std::optional<std::int64_t> reach, Span queries, Span keys) {
  if (stack_.reading == Reading::bidirectional && !reach && !table_.defined()) return {};
  const Key key{reach.value_or(-1), keys.begin - queries.begin, queries.count, keys.count};
  auto at = made_.find(key);
  if (at == made_.end()) at = made_.emplace(key, make(reach, queries, keys)).first;
  return at->second;
}

at::Tensor PositionScores::make(std::optional<std::int64_t> reach, Span queries, Span keys) const {
  constexpr float kUnseen = -std::numeric_limits<float>::infinity();
  const bool causal = stack_.reading == Reading::causal;
  const std::int64_t num_heads = table_.defined() ? stack_.num_heads : 1;
  at::Tensor scores = at::zeros({num_heads, keys.count, queries.count});
  auto* numbers = scores.data_ptr<float>();
  for (std::int64_t head = 0; head < num_heads; ++head)
    for (std::int64_t k = keys.begin; k < keys.end(); ++k)
      for (std::int64_t q = queries.begin; q < queries.end(); ++q, ++numbers) {
        if ((causal && k > q) || (reach && std::abs(k - q) > *reach))
          *numbers = kUnseen;
        else if (table_.defined())
          *numbers = table_.data_ptr<
              float>()[relative_bucket(k - q, *stack_.buckets, stack_.reading) * num_heads + head];
      }
  return num_heads == 1 ? scores[0] : scores;
}

}  // namespace prospect
