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

at::Tensor PositionScores::operator()(Span queries, std::int64_t num_keys) {
  if (!table_.defined()) return {};
  const Key key{queries.begin, queries.count, num_keys};
  auto at = made_.find(key);
  if (at == made_.end()) at = made_.emplace(key, make(queries, num_keys)).first;
  return at->second;
}

at::Tensor PositionScores::make(Span queries, std::int64_t num_keys) const {
  at::Tensor scores = at::empty({stack_.num_heads, queries.count, num_keys});
  auto* numbers = scores.data_ptr<float>();
  const auto* table = table_.data_ptr<float>();
  for (std::int64_t head = 0; head < stack_.num_heads; ++head)
    for (std::int64_t q = queries.begin; q < queries.end(); ++q)
      for (std::int64_t k = 0; k < num_keys; ++k)
        *numbers++ =
            table[relative_bucket(k - q, *stack_.buckets, stack_.reading) * stack_.num_heads +
                  head];
  return scores;
}

at::Tensor unseen_keys(bool causal, std::optional<std::int64_t> reach, Span queries,
                       std::int64_t num_keys) {
  if (!causal && !reach) return {};
  constexpr float kUnseen = -std::numeric_limits<float>::infinity();
  at::Tensor scores = at::zeros({queries.count, num_keys});
  auto* numbers = scores.data_ptr<float>();
  for (std::int64_t q = queries.begin; q < queries.end(); ++q)
    for (std::int64_t k = 0; k < num_keys; ++k, ++numbers)
      if ((causal && k > q) || (reach && std::abs(k - q) > *reach)) *numbers = kUnseen;
  return scores;
}

}  // namespace prospect
