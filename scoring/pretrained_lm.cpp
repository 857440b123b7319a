#include "scoring/pretrained_lm.h"

#include <algorithm>

#include "scoring/layers/blocks.h"

namespace prospect {
namespace {

// The rows of `table` at `indices`. [n, D]
at::Tensor select_rows(const at::Tensor& table, std::vector<std::int32_t> indices) {
  const auto count = static_cast<std::int64_t>(indices.size());
  // Copied, since an autograd graph keeps the indices after this call.
  return table.index_select(0, at::from_blob(indices.data(), {count}, at::kInt).clone());
}

std::vector<std::int64_t> lengths_of(const TokenBatch& batch) {
  std::vector<std::int64_t> lengths;
  for (std::size_t r = 0; r < batch.num_rows(); ++r)
    lengths.push_back(batch.offsets[r + 1] - batch.offsets[r]);
  return lengths;
}

// The row of each wanted position.
std::vector<std::int64_t> wanted_rows(const TokenBatch& batch) {
  std::vector<std::int64_t> rows;
  for (const std::int32_t position : batch.wanted) {
    const auto next = std::upper_bound(batch.offsets.begin(), batch.offsets.end(), position);
    rows.push_back(next - batch.offsets.begin() - 1);
  }
  return rows;
}

}  // namespace

PretrainedLM::PretrainedLM(const Parameters& parameters, const Description& description)
    : description_(description),
      embedding_(parameters.get("embed.token.weight")),
      positions_(parameters.get("embed.position.weight")),
      norm_(get_norm(parameters, "embed.norm", description.norm_epsilon)),
      head_(parameters, description, embedding_) {
  if (description.num_segments > 0) segments_ = parameters.get("embed.segment.weight");
  for (std::int64_t i = 0; i < description.num_layers; ++i)
    layers_.emplace_back(parameters, "layer." + std::to_string(i), description);
}

std::string PretrainedLM::fault_of(std::span<const TokenId> ids,
                                   std::span<const std::int32_t> type_ids) const {
  const auto count = static_cast<std::int64_t>(ids.size());
  if (count == 0) return "expected at least one token, found none";
  if (count > description_.num_positions)
    return "expected at most " + std::to_string(description_.num_positions) + " tokens, found " +
           std::to_string(count);
  if (ids.size() != type_ids.size())
    return "expected " + std::to_string(count) + " token types, found " +
           std::to_string(type_ids.size());
  for (const TokenId id : ids)
    if (id < 0 || id >= description_.vocab_size)
      return "expected token ids below " + std::to_string(description_.vocab_size) + ", found " +
             std::to_string(id);
  for (const std::int32_t type : type_ids)
    if (type < 0 || type >= std::max<std::int64_t>(1, description_.num_segments))
      return "the model has " + std::to_string(description_.num_segments) +
             " token types, found type " + std::to_string(type);
  return {};
}

at::Tensor PretrainedLM::input_rows(const TokenBatch& batch) const {
  return select_rows(embedding_, batch.ids);
}

at::Tensor PretrainedLM::output_vectors(const TokenBatch& batch,
                                        const at::Tensor& input_rows) const {
  num_rows_run_ += static_cast<std::int64_t>(batch.num_rows());
  const auto lengths = lengths_of(batch);
  at::Tensor x = embed(batch, input_rows);  // [N, D], whole blocks
  for (std::size_t i = 0; i + 1 < layers_.size(); ++i) x = layers_[i](x, lengths);
  auto wanted = batch.wanted;
  wanted.resize(static_cast<std::size_t>(whole_blocks(static_cast<std::int64_t>(wanted.size()))));
  const at::Tensor queries = select_rows(x, wanted);
  return head_.transform(layers_.back().at_wanted(x, lengths, queries, wanted_rows(batch)));
}

// Token, segment and position rows summed in the reference's order, then normalised.
at::Tensor PretrainedLM::embed(const TokenBatch& batch, const at::Tensor& input_rows) const {
  at::Tensor x = pad_to_blocks(input_rows);
  const auto height = static_cast<std::size_t>(x.size(0));
  if (segments_.defined()) {
    auto types = batch.type_ids;
    types.resize(height);
    x = x + select_rows(segments_, types);
  }
  std::vector<std::int32_t> positions;
  positions.reserve(height);
  for (std::size_t r = 0; r < batch.num_rows(); ++r)
    for (std::int32_t at = batch.offsets[r]; at < batch.offsets[r + 1]; ++at)
      positions.push_back(at - batch.offsets[r]);
  positions.resize(height);
  return norm_(x + select_rows(positions_, positions));
}

}  // namespace prospect
