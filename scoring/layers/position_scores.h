#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <tuple>

#include "scoring/description.h"
#include "scoring/torch.h"

namespace prospect {

/// A range of positions in a row.
struct Span {
  std::int64_t begin = 0, count = 0;
  std::int64_t end() const { return begin + count; }
};

/// What is added to the scores of some queries and keys for their positions alone: minus infinity
/// where a key is not seen, and T5's number of the bucket of their distance. One forward pass asks
/// for the same few again and again, in all layers, so each is made once.
class PositionScores {
 public:
  /// @param table  of the buckets, [count, H]; undefined without buckets.
  PositionScores(const StackDescription& stack, at::Tensor table)
      : stack_(stack), table_(std::move(table)) {}

  /// [keys, queries] or [H, keys, queries]; undefined where nothing is added.
  /// @param reach  of the layer.
  at::Tensor operator()(std::optional<std::int64_t> reach, Span queries, Span keys);

 private:
  at::Tensor make(std::optional<std::int64_t> reach, Span queries, Span keys) const;

  using Key = std::tuple<std::int64_t, std::int64_t, std::int64_t, std::int64_t>;
  const StackDescription& stack_;
  at::Tensor table_;
  std::map<Key, at::Tensor> made_;
};

/// The bucket of `key position - query position`.
std::int64_t relative_bucket(std::int64_t distance, const RelativeBuckets& buckets,
                             Reading reading);

}  // namespace prospect
