#include "scoring/layers/attend.h"

namespace prospect {
namespace {

// [H d, Q] -> [H', d, G Q]: the G query heads that share a key head stand beside each other.
at::Tensor by_key_head(const at::Tensor& query, const Heads& heads) {
  const std::int64_t group = heads.num_queries / heads.num_keys;
  if (group == 1) return query.view({heads.num_keys, heads.size, query.size(1)});
  return query.view({heads.num_keys, group, heads.size, query.size(1)})
      .permute({0, 2, 1, 3})
      .reshape({heads.num_keys, heads.size, group * query.size(1)});
}

at::Tensor from_key_head(const at::Tensor& context, const Heads& heads) {
  const std::int64_t group = heads.num_queries / heads.num_keys;
  if (group == 1) return context.reshape({-1, context.size(2)});
  const std::int64_t count = context.size(2) / group;
  return context.view({heads.num_keys, heads.size, group, count})
      .permute({0, 2, 1, 3})
      .reshape({-1, count});
}

// What is added to [H', K, G Q] scores.
at::Tensor for_groups(const at::Tensor& added, const Heads& heads) {
  const std::int64_t group = heads.num_queries / heads.num_keys;
  if (group == 1) return added;
  if (added.dim() == 2) return added.repeat({1, group});
  return added.view({heads.num_keys, group, added.size(1), added.size(2)})
      .permute({0, 2, 1, 3})
      .reshape({heads.num_keys, added.size(1), -1});
}

}  // namespace

at::Tensor attend(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                  const at::Tensor& added, const Heads& heads) {
  const at::Tensor keys = key.view({heads.num_keys, heads.size, key.size(1)});
  const at::Tensor values = value.view({heads.num_keys, heads.size, value.size(1)});
  at::Tensor scores = at::bmm(keys.transpose(1, 2), by_key_head(query, heads));  // [H', K, G Q]
  if (heads.cap > 0) scores = at::tanh(scores / heads.cap) * heads.cap;
  if (added.defined()) scores = scores + for_groups(added, heads);
  return from_key_head(at::bmm(values, at::softmax(scores, 1)), heads);
}

std::vector<ChunkQueries> chunks_of(const RowLayout& rows) {
  std::vector<ChunkQueries> chunks;
  std::int64_t column = 0;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    for (std::int64_t t = 0; t < rows.lengths[r]; t += kChunkTokens)
      chunks.push_back({static_cast<std::int64_t>(r), column + t,
                        std::min(kChunkTokens, rows.lengths[r] - t),
                        (rows.starts[r] + t) / kChunkTokens, 0});
    column += rows.lengths[r];
  }
  return chunks;
}

std::vector<ChunkQueries> chunks_of(const std::vector<WantedToken>& wanted) {
  std::vector<ChunkQueries> chunks;
  for (std::size_t w = 0; w < wanted.size(); ++w) {
    const auto& token = wanted[w];
    const std::int64_t chunk = token.position / kChunkTokens,
                       offset = token.position % kChunkTokens;
    if (!chunks.empty()) {
      auto& last = chunks.back();
      if (last.row == token.row && last.chunk == chunk && last.offset + last.count == offset) {
        ++last.count;
        continue;
      }
    }
    chunks.push_back({token.row, static_cast<std::int64_t>(w), 1, chunk, offset});
  }
  return chunks;
}

at::Tensor chunk_of(const at::Tensor& queries, const ChunkQueries& chunk) {
  const at::Tensor some = queries.narrow(1, chunk.first, chunk.count);
  if (chunk.count == kChunkTokens) return some.contiguous();
  return at::constant_pad_nd(some, {chunk.offset, kChunkTokens - chunk.offset - chunk.count});
}

std::vector<at::Tensor> with_parents(const at::Tensor& columns, const RowLayout& rows) {
  const auto own = columns.split_with_sizes(rows.lengths, 1);
  std::vector<at::Tensor> results;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::vector<at::Tensor> parts{own[r]};
    if (rows.parents[r] >= 0)  // a parent's length is a multiple of the grid: nothing was filled up
      parts.insert(parts.begin(), results[static_cast<std::size_t>(rows.parents[r])]);
    const std::int64_t left = rows.lengths[r] % kChunkTokens;
    if (left > 0) parts.push_back(at::zeros({columns.size(0), kChunkTokens - left}));
    results.push_back(at::cat(parts, 1));
  }
  return results;
}

}  // namespace prospect
