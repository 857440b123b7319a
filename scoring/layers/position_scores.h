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

/// T5's numbers of the buckets of some queries' and keys' distances, which are added to their
/// scores. One forward pass asks for the same few again and again, in all layers, so each is made
/// once.
class PositionScores {
 public:
  /// @param table  of the buckets, [count, H]; undefined without buckets.
  PositionScores(const StackDescription& stack, at::Tensor table)
      : stack_(stack), table_(std::move(table)) {}

  /// For queries and the keys of positions [0, num_keys). [H, queries, keys]; undefined without
  /// buckets.
  at::Tensor operator()(Span queries, std::int64_t num_keys);

 private:
  at::Tensor make(Span queries, std::int64_t num_keys) const;

  using Key = std::tuple<std::int64_t, std::int64_t, std::int64_t>;
  const StackDescription& stack_;
  at::Tensor table_;
  std::map<Key, at::Tensor> made_;
};

/// Minus infinity where a key of [0, num_keys) is not seen, else 0. [queries, keys]; undefined
/// where all are seen.
at::Tensor unseen_keys(bool causal, std::optional<std::int64_t> reach, Span queries,
                       std::int64_t num_keys);

/// The bucket of `key position - query position`.
std::int64_t relative_bucket(std::int64_t distance, const RelativeBuckets& buckets,
                             Reading reading);

}  // namespace prospect
