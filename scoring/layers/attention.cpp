#include "scoring/layers/attention.h"

#include <numeric>

namespace prospect {
namespace {

std::optional<Norm> get_head_norm(const Parameters& parameters, const std::string& name,
                                  const StackDescription& stack) {
  if (!parameters.has(name + ".scale")) return std::nullopt;
  return get_norm(parameters, name, stack.norm, stack.norm_epsilon);
}

const RotaryBlocks* at(const std::optional<std::size_t>& rotary, const ForwardPass& pass,
                       bool wanted) {
  if (!rotary) return nullptr;
  return wanted ? &pass.wanted_rotary(*rotary) : &pass.rotary(*rotary);
}

std::int64_t num_wanted(const ForwardPass& pass) {
  return static_cast<std::int64_t>(pass.wanted().size());
}

}  // namespace

Attention::Attention(const Parameters& parameters, const std::string& prefix,
                     const StackDescription& stack, const LayerDescription& layer)
    : heads_{stack.num_heads, stack.num_kv_heads, stack.head_size, stack.score_cap},
      reading_(stack.reading),
      reach_(layer.reach),
      rotary_(layer.rotary),
      mix_(get_linear(parameters, prefix + ".mix")),
      query_norm_(get_head_norm(parameters, prefix + ".query_norm", stack)),
      key_norm_(get_head_norm(parameters, prefix + ".key_norm", stack)) {
  if (parameters.has(prefix + ".joint.weight")) {
    const Linear joint = get_linear(parameters, prefix + ".joint");
    const std::int64_t queries = stack.num_heads * stack.head_size,
                       keys = stack.num_kv_heads * stack.head_size;
    query_ = joint.rows(0, queries);
    key_ = joint.rows(queries, keys);
    value_ = joint.rows(queries + keys, keys);
  } else {
    query_ = get_linear(parameters, prefix + ".query");
    key_ = get_linear(parameters, prefix + ".key");
    value_ = get_linear(parameters, prefix + ".value");
  }
  // Scaled queries scale every score; a norm would undo it before, so it takes the scale.
  if (query_norm_)
    query_norm_->scale = query_norm_->scale * layer.score_scale;
  else
    query_.scale = layer.score_scale;
}

void Attention::add_disentangled(const Parameters& parameters, const std::string& prefix,
                                 const Disentangled& description, const at::Tensor& positions) {
  Linear query = query_, key = key_;
  if (!description.shared_projections) {
    if (description.position_to_content) {
      query = get_linear(parameters, prefix + ".position_query");
      query.scale = query_.scale;
    }
    if (description.content_to_position) key = get_linear(parameters, prefix + ".position_key");
  }
  disentangled_.emplace(description, positions, query, key, heads_.num_queries);
}

at::Tensor Attention::project(const Linear& linear, const std::optional<Norm>& norm,
                              const RotaryBlocks* rotary, const Blocks& x,
                              std::int64_t count) const {
  Blocks results;
  results.reserve(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    at::Tensor block = linear(x[i]);
    if (norm) block = (*norm)(block.view({-1, heads_.size, block.size(1)})).view_as(block);
    if (rotary != nullptr) block = rotate(block, heads_.size, rotary->cosine[i], rotary->sine[i]);
    results.push_back(std::move(block));
  }
  return from_blocks(results, count);
}

at::Tensor Attention::queries(const Blocks& x, const RotaryBlocks* rotary,
                              std::int64_t count) const {
  return project(query_, query_norm_, rotary, x, count);
}

at::Tensor Attention::added(const at::Tensor& query, const at::Tensor& key, Span span,
                            ForwardPass& pass) const {
  if (disentangled_) return (*disentangled_)(query, key, span.begin);
  return pass.position_scores()(reach_, span, {0, key.size(1)});
}

Attention::RowKeys Attention::keys_of(const Blocks& x, const RotaryBlocks* rotary,
                                      const std::vector<std::int64_t>& lengths) const {
  const std::int64_t count = std::accumulate(lengths.begin(), lengths.end(), std::int64_t{0});
  RowKeys rows{project(key_, key_norm_, rotary, x, count).split_with_sizes(lengths, 1),
               project(value_, std::nullopt, nullptr, x, count).split_with_sizes(lengths, 1)};
  for (auto* parts : {&rows.keys, &rows.values})
    for (auto& part : *parts) part = part.contiguous();
  return rows;
}

at::Tensor Attention::operator()(const Blocks& x, ForwardPass& pass) const {
  const RowLayout& rows = pass.rows();
  const RotaryBlocks* rotary = at(rotary_, pass, false);
  const at::Tensor query = queries(x, rotary, rows.num_tokens());
  if (reading_ == Reading::causal) return attend_chunks(query, chunks_of(rows), x, pass);

  const auto query_rows = query.split_with_sizes(rows.lengths, 1);
  const auto [keys, values] = keys_of(x, rotary, rows.lengths);
  std::vector<at::Tensor> results;
  results.reserve(rows.size());
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const at::Tensor own = query_rows[r].contiguous();
    results.push_back(
        attend(own, keys[r], values[r], added(own, keys[r], {0, rows.lengths[r]}, pass), heads_));
  }
  return at::cat(results, 1);
}

at::Tensor Attention::at_wanted(const Blocks& x, const Blocks& wanted, ForwardPass& pass) const {
  const at::Tensor query = queries(wanted, at(rotary_, pass, true), num_wanted(pass));
  if (reading_ == Reading::causal) return attend_chunks(query, chunks_of(pass.wanted()), x, pass);

  const auto [keys, values] = keys_of(x, at(rotary_, pass, false), pass.rows().lengths);
  std::vector<at::Tensor> results;
  results.reserve(pass.wanted().size());
  for (std::size_t w = 0; w < pass.wanted().size(); ++w) {
    const auto& token = pass.wanted()[w];
    const auto r = static_cast<std::size_t>(token.row);
    const at::Tensor own = query.narrow(1, static_cast<std::int64_t>(w), 1).contiguous();
    results.push_back(
        attend(own, keys[r], values[r], added(own, keys[r], {token.position, 1}, pass), heads_));
  }
  return at::cat(results, 1);
}

at::Tensor Attention::attend_chunks(const at::Tensor& query,
                                    const std::vector<ChunkQueries>& chunks, const Blocks& x,
                                    ForwardPass& pass) const {
  const RowLayout& rows = pass.rows();
  const std::int64_t count = rows.num_tokens();
  const auto keys =
      with_parents(project(key_, key_norm_, at(rotary_, pass, false), x, count), rows);
  const auto values = with_parents(project(value_, std::nullopt, nullptr, x, count), rows);
  std::vector<at::Tensor> results;
  results.reserve(chunks.size());
  for (const auto& chunk : chunks) {
    const auto r = static_cast<std::size_t>(chunk.row);
    const Span span{chunk.chunk * kChunkTokens, kChunkTokens};
    // What no query of the chunk sees is left out: a choice made by the chunk's number alone.
    const std::int64_t unseen = reach_ ? std::max<std::int64_t>(span.begin - *reach_, 0) : 0;
    const Span seen{unseen / kChunkTokens * kChunkTokens,
                    span.end() - unseen / kChunkTokens * kChunkTokens};
    const at::Tensor context =
        attend(chunk_of(query, chunk), keys[r].narrow(1, seen.begin, seen.count),
               values[r].narrow(1, seen.begin, seen.count),
               pass.position_scores()(reach_, span, seen), heads_);
    results.push_back(context.narrow(1, chunk.offset, chunk.count));
  }
  return at::cat(results, 1);
}

at::Tensor Attention::to_memory(const Blocks& x, const ForwardPass& pass) const {
  const at::Tensor query = queries(x, nullptr, pass.rows().num_tokens());
  return attend_memory(query, chunks_of(pass.rows()), *pass.memory());
}

at::Tensor Attention::to_memory_at_wanted(const Blocks& wanted, const ForwardPass& pass) const {
  return attend_memory(queries(wanted, nullptr, num_wanted(pass)), chunks_of(pass.wanted()),
                       *pass.memory());
}

at::Tensor Attention::attend_memory(const at::Tensor& query,
                                    const std::vector<ChunkQueries>& chunks,
                                    const Memory& memory) const {
  const auto [keys, values] = keys_of(memory.tokens, nullptr, memory.lengths);
  std::vector<at::Tensor> results;
  results.reserve(chunks.size());
  for (const auto& chunk : chunks) {
    const auto row = static_cast<std::size_t>(memory.row_of[static_cast<std::size_t>(chunk.row)]);
    const at::Tensor context = attend(chunk_of(query, chunk), keys[row], values[row], {}, heads_);
    results.push_back(context.narrow(1, chunk.offset, chunk.count));
  }
  return at::cat(results, 1);
}

}  // namespace prospect
