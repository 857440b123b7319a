#include "scoring/pretrained_lm.h"

#include <algorithm>

namespace prospect {
namespace {

// What stands at `indices` of a dimension.
at::Tensor select(const at::Tensor& table, std::int64_t dimension,
                  const std::vector<std::int32_t>& indices) {
  const auto count = static_cast<std::int64_t>(indices.size());
  const at::Tensor view =
      at::from_blob(const_cast<std::int32_t*>(indices.data()), {count}, at::kInt);
  return table.index_select(dimension, view.clone());  // an autograd graph keeps the indices
}

RowLengths lengths_of(const TokenBatch& batch) {
  RowLengths lengths;
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
      norm_scale_(parameters.get("embed.norm.scale")),
      norm_shift_(parameters.get("embed.norm.shift")),
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
  return select(embedding_, 0, batch.ids);
}

at::Tensor PretrainedLM::output_vectors(const TokenBatch& batch,
                                        const at::Tensor& input_rows) const {
  num_rows_run_ += static_cast<std::int64_t>(batch.num_rows());
  const auto lengths = lengths_of(batch);
  Blocks x = embed(batch, input_rows);
  for (std::size_t i = 0; i + 1 < layers_.size(); ++i) x = layers_[i](x, lengths);

  const auto rows = wanted_rows(batch);
  const at::Tensor columns = from_blocks(x, batch.offsets.back());  // [D, N]
  const Blocks wanted = to_blocks(select(columns, 1, batch.wanted));
  const Blocks vectors = head_.transform(layers_.back().at_wanted(x, lengths, wanted, rows));
  return from_blocks(vectors, static_cast<std::int64_t>(rows.size())).t().contiguous();
}

// Token, segment and position rows summed in the reference's order, then normalised.
Blocks PretrainedLM::embed(const TokenBatch& batch, const at::Tensor& input_rows) const {
  std::vector<std::int32_t> positions;
  positions.reserve(batch.ids.size());
  for (std::size_t r = 0; r < batch.num_rows(); ++r)
    for (std::int32_t at = batch.offsets[r]; at < batch.offsets[r + 1]; ++at)
      positions.push_back(at - batch.offsets[r]);
  at::Tensor x = input_rows;  // [N, D]
  if (segments_.defined()) x = x + select(segments_, 0, batch.type_ids);
  x = at::layer_norm(x + select(positions_, 0, positions), {x.size(1)}, norm_scale_, norm_shift_,
                     description_.norm_epsilon);
  return to_blocks(x.t());
}

}  // namespace prospect
