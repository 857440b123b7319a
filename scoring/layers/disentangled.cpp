#include "scoring/layers/disentangled.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "scoring/layers/attend.h"

namespace prospect {
std::int64_t log_bucket(std::int64_t distance, const Disentangled& description) {
  if (description.buckets <= 0) return distance;
  const std::int64_t middle = description.buckets / 2, size = std::abs(distance);
  if (size <= middle) return distance;
  // In single precision and rounded up, as the reference.
  const auto exact = static_cast<float>(middle);
  const float share = std::log(static_cast<float>(size) / exact) /
                      std::log(static_cast<float>(description.max_distance - 1) / exact);
  const auto bucket =
      static_cast<std::int64_t>(std::ceil(share * static_cast<float>(middle - 1))) + middle;
  return distance < 0 ? -bucket : bucket;
}

DisentangledScores::DisentangledScores(const Disentangled& description, const at::Tensor& positions,
                                       const Linear& query, const Linear& key,
                                       std::int64_t num_heads)
    : description_(description), num_heads_(num_heads) {
  const auto projected = [&](const Linear& linear) {
    const at::Tensor rows = at::linear(positions, linear.weight(), linear.bias());
    return by_head(rows, num_heads).transpose(1, 2).contiguous();
  };
  if (description.content_to_position) position_keys_ = projected(key);
  if (description.position_to_content) position_queries_ = projected(query);
}

at::Tensor DisentangledScores::operator()(const at::Tensor& queries, const at::Tensor& keys,
                                          std::int64_t first) const {
  const std::int64_t num_queries = queries.size(0), num_keys = keys.size(0);
  at::Tensor index = at::empty({num_queries, num_keys}, at::kLong);  // of query minus key
  auto* numbers = index.data_ptr<std::int64_t>();
  const std::int64_t last = 2 * description_.span - 1;
  for (std::int64_t q = 0; q < num_queries; ++q)
    for (std::int64_t k = 0; k < num_keys; ++k)
      *numbers++ = std::clamp<std::int64_t>(
          log_bucket(first + q - k, description_) + description_.span, 0, last);
  index = index.unsqueeze(0).expand({num_heads_, num_queries, num_keys});

  at::Tensor scores;
  if (position_keys_.defined())
    scores = at::bmm(by_head(queries, num_heads_), position_keys_).gather(2, index);
  if (position_queries_.defined()) {
    const at::Tensor all = at::bmm(by_head(keys, num_heads_), position_queries_);  // [H, T, 2 span]
    const at::Tensor part = all.gather(2, index.transpose(1, 2)).transpose(1, 2);
    scores = scores.defined() ? scores + part : part;
  }
  return scores;
}

}  // namespace prospect
