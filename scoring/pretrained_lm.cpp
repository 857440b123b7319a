#include "scoring/pretrained_lm.h"

#include <algorithm>

namespace prospect {
namespace {

RowLayout layout_of(std::span<const std::int32_t> offsets, std::span<const std::int32_t> parents) {
  RowLayout rows;
  for (std::size_t r = 0; r + 1 < offsets.size(); ++r) {
    const std::int64_t parent = parents.empty() ? -1 : parents[r];
    rows.lengths.push_back(offsets[r + 1] - offsets[r]);
    rows.parents.push_back(parent);
    rows.starts.push_back(parent < 0 ? 0 : rows.end(static_cast<std::size_t>(parent)));
  }
  return rows;
}

std::vector<WantedToken> wanted_of(const TokenBatch& batch, std::span<const std::int32_t> offsets,
                                   const RowLayout& rows) {
  std::vector<WantedToken> wanted;
  for (const std::int32_t column : batch.wanted) {
    const auto next = std::upper_bound(offsets.begin(), offsets.end(), column);
    const std::int64_t row = next - offsets.begin() - 1;
    const auto r = static_cast<std::size_t>(row);
    wanted.push_back({column, row, rows.starts[r] + column - offsets[r]});
  }
  return wanted;
}

// For each token, its row of the position table.
std::vector<std::int64_t> positions_of(const Embedding& embedding, const RowLayout& rows,
                                       std::span<const TokenId> ids) {
  std::vector<std::int64_t> positions;
  positions.reserve(ids.size());
  std::size_t at = 0;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const auto length = static_cast<std::size_t>(rows.lengths[r]);
    embedding.add_positions(ids.subspan(at, length), rows.starts[r], positions);
    at += length;
  }
  return positions;
}

at::Tensor target_table(const Parameters& parameters, const at::Tensor& source) {
  return parameters.has("decoder.embed.token.weight") ? parameters.get("decoder.embed.token.weight")
                                                      : source;
}

}  // namespace

PretrainedLM::PretrainedLM(const Parameters& parameters, const Description& description,
                           ModelKind kind)
    : description_(description),
      kind_(kind),
      embedding_(parameters, "embed", description.embedding, parameters.get("embed.token.weight"),
                 description.stack.norm_epsilon, description.num_positions),
      stack_(parameters, "stack", description.stack),
      head_(
          parameters, description,
          description.decoder ? target_table(parameters, embedding_.table()) : embedding_.table()) {
  if (!description.decoder) return;
  target_embedding_.emplace(parameters, "embed", description.embedding,
                            target_table(parameters, embedding_.table()),
                            description.decoder->norm_epsilon, description.num_positions);
  decoder_.emplace(parameters, "decoder", *description.decoder);
}

std::string PretrainedLM::ids_fault(std::span<const TokenId> ids, std::int64_t vocab_size) const {
  constexpr std::int64_t kLongest = 1 << 20;  // keeps a mistake from filling the memory
  const std::int64_t most =
      description_.has_open_positions() ? kLongest : description_.num_positions;
  if (ids.empty()) return "expected at least one token, found none";
  if (static_cast<std::int64_t>(ids.size()) > most)
    return "expected at most " + std::to_string(most) + " tokens, found " +
           std::to_string(ids.size());
  for (const TokenId id : ids)
    if (id < 0 || id >= vocab_size)
      return "expected token ids below " + std::to_string(vocab_size) + ", found " +
             std::to_string(id);
  return {};
}

std::string PretrainedLM::fault_of(std::span<const TokenId> ids,
                                   std::span<const std::int32_t> type_ids) const {
  if (auto fault = ids_fault(ids, description_.vocab_size); !fault.empty()) return fault;
  if (ids.size() != type_ids.size())
    return "expected " + std::to_string(ids.size()) + " token types, found " +
           std::to_string(type_ids.size());
  const std::int64_t num_types = std::max<std::int64_t>(1, description_.embedding.num_segments);
  for (const std::int32_t type : type_ids)
    if (type < 0 || (type >= num_types && description_.embedding.num_segments > 0))
      return "the model has " + std::to_string(num_types) + " token types, found type " +
             std::to_string(type);
  return {};
}

std::string PretrainedLM::fault_of(const Prompt& prompt) const {
  auto fault = fault_of(prompt.ids, prompt.type_ids);
  if (!fault.empty() || !decoder_) return fault;
  return ids_fault(prompt.target_ids, description_.output_size());
}

bool PretrainedLM::shares_prefixes(std::size_t length) const {
  if (kind_ != ModelKind::causal_lm) return false;
  // What the dynamic scaling makes of a position depends on how long the whole row is.
  return std::none_of(description_.stack.rotaries.begin(), description_.stack.rotaries.end(),
                      [&](const Rotary& rotary) {
                        return rotary.scaling == Rotary::Scaling::dynamic &&
                               static_cast<std::int64_t>(length) > rotary.original_positions;
                      });
}

at::Tensor PretrainedLM::output_vectors(const TokenBatch& batch, const at::Tensor& input_rows,
                                        Precision precision) const {
  num_rows_run_ += static_cast<std::int64_t>(decoder_ ? batch.sources.size() : batch.num_rows());
  RowLayout rows = layout_of(batch.offsets, batch.parents);
  at::Tensor x =
      embedding_(input_rows, batch.type_ids, positions_of(embedding_, rows, batch.ids), precision);
  if (!decoder_) {
    auto wanted = wanted_of(batch, batch.offsets, rows);
    ForwardPass pass = stack_.begin(std::move(rows), std::move(wanted), nullptr, precision);
    return head_.transform(stack_.at_wanted(std::move(x), pass), precision);
  }
  Memory memory{{}, rows.lengths, {batch.sources.begin(), batch.sources.end()}};
  ForwardPass reading = stack_.begin(std::move(rows), {}, nullptr, precision);
  memory.tokens = stack_(std::move(x), reading);

  RowLayout targets = layout_of(batch.target_offsets, {});
  at::Tensor y =
      (*target_embedding_)(target_embedding_->rows(batch.target_ids), {},
                           positions_of(*target_embedding_, targets, batch.target_ids), precision);
  auto wanted = wanted_of(batch, batch.target_offsets, targets);
  ForwardPass writing = decoder_->begin(std::move(targets), std::move(wanted), &memory, precision);
  return head_.transform(decoder_->at_wanted(std::move(y), writing), precision);
}

}  // namespace prospect
