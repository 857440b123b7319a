#include "scoring/layers/attention.h"

#include <algorithm>

namespace prospect {
namespace {

std::optional<Norm> get_head_norm(const Parameters& parameters, const std::string& name,
                                  const StackDescription& stack) {
  if (!parameters.has(name + ".scale")) return std::nullopt;
  return get_norm(parameters, name, stack.norm, stack.norm_epsilon);
}

const RotaryTable* at(const std::optional<std::size_t>& rotary, const ForwardPass& pass,
                      bool wanted) {
  if (!rotary) return nullptr;
  return wanted ? &pass.wanted_rotary(*rotary) : &pass.rotary(*rotary);
}

std::vector<std::int64_t> firsts_of(const std::vector<std::int64_t>& lengths) {
  std::vector<std::int64_t> firsts;
  std::int64_t next = 0;
  for (const std::int64_t length : lengths) {
    firsts.push_back(next);
    next += length;
  }
  return firsts;
}

}  // namespace

Attention::Attention(const Parameters& parameters, const std::string& prefix,
                     const StackDescription& stack, const LayerDescription& layer)
    : heads_{stack.num_heads, stack.num_kv_heads, stack.head_size, layer.score_scale,
             stack.score_cap},
      causal_(stack.reading == Reading::causal),
      reach_(layer.reach),
      rotary_(layer.rotary),
      mix_(get_linear(parameters, prefix + ".mix",
                      {.add = stack.placement != NormPlacement::sandwich})),
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
}

void Attention::add_disentangled(const Parameters& parameters, const std::string& prefix,
                                 const Disentangled& description, const at::Tensor& positions) {
  Linear query = query_, key = key_;
  if (!description.shared_projections) {
    if (description.position_to_content) query = get_linear(parameters, prefix + ".position_query");
    if (description.content_to_position) key = get_linear(parameters, prefix + ".position_key");
  }
  disentangled_.emplace(description, positions, query, key, heads_.num_queries);
}

at::Tensor Attention::project(const Linear& linear, const std::optional<Norm>& norm,
                              const RotaryTable* rotary, const at::Tensor& x,
                              Precision precision) const {
  at::Tensor rows = linear(x, precision);
  if (norm) rows = (*norm)(rows.view({-1, heads_.size})).view_as(rows);
  return rotary == nullptr ? rows : rotate(rows, heads_.size, *rotary);
}

Attention::Keys Attention::own_keys(const at::Tensor& x, const ForwardPass& pass) const {
  const RowLayout& rows = pass.rows();
  return {project(key_, key_norm_, at(rotary_, pass, false), x, pass.precision()),
          project(value_, std::nullopt, nullptr, x, pass.precision()), firsts_of(rows.lengths),
          rows.lengths, rows.parents};
}

Attention::Keys Attention::memory_keys(const ForwardPass& pass) const {
  const Memory& memory = *pass.memory();
  const auto firsts = firsts_of(memory.lengths);
  Keys keys{project(key_, key_norm_, nullptr, memory.tokens, pass.precision()),
            project(value_, std::nullopt, nullptr, memory.tokens, pass.precision()),
            {},
            {},
            std::vector<std::int64_t>(memory.row_of.size(), -1),
            false};
  for (const std::int64_t row : memory.row_of) {
    keys.firsts.push_back(firsts[static_cast<std::size_t>(row)]);
    keys.counts.push_back(memory.lengths[static_cast<std::size_t>(row)]);
  }
  return keys;
}

// Where LibTorch computes, how many are asked for together could show in a token's last bits.
std::vector<QueryRun> Attention::wanted_runs(const ForwardPass& pass) const {
  return builds_graph() || disentangled_ ? runs_of(pass.wanted()) : joined(runs_of(pass.wanted()));
}

at::Tensor Attention::operator()(const at::Tensor& x, ForwardPass& pass) const {
  const at::Tensor queries =
      project(query_, query_norm_, at(rotary_, pass, false), x, pass.precision());
  return read(queries, runs_of(pass.rows()), own_keys(x, pass), pass);
}

at::Tensor Attention::at_wanted(const at::Tensor& x, const at::Tensor& wanted,
                                ForwardPass& pass) const {
  const at::Tensor queries =
      project(query_, query_norm_, at(rotary_, pass, true), wanted, pass.precision());
  return read(queries, wanted_runs(pass), own_keys(x, pass), pass);
}

at::Tensor Attention::to_memory(const at::Tensor& x, ForwardPass& pass) const {
  return read(project(query_, query_norm_, nullptr, x, pass.precision()), runs_of(pass.rows()),
              memory_keys(pass), pass);
}

at::Tensor Attention::to_memory_at_wanted(const at::Tensor& wanted, ForwardPass& pass) const {
  return read(project(query_, query_norm_, nullptr, wanted, pass.precision()), wanted_runs(pass),
              memory_keys(pass), pass);
}

// What is added to a run's scores for contents or distances. [H, Q, K], or undefined
// @param num_keys  that it reads, those of the rows before its own included.
at::Tensor Attention::added(const at::Tensor& queries, const QueryRun& run, const Keys& keys,
                            std::int64_t num_keys, ForwardPass& pass) const {
  if (!keys.in_row) return {};
  if (!disentangled_) return pass.position_scores()({run.position, run.count}, num_keys);
  const auto r = static_cast<std::size_t>(run.row);
  return (*disentangled_)(queries.narrow(0, run.first, run.count),
                          keys.keys.narrow(0, keys.firsts[r], keys.counts[r]), run.position) *
         heads_.scale;
}

at::Tensor Attention::read(const at::Tensor& queries, const std::vector<QueryRun>& runs,
                           const Keys& keys, ForwardPass& pass) const {
  if (builds_graph()) {
    std::vector<at::Tensor> contexts;
    contexts.reserve(runs.size());
    for (const auto& run : runs) contexts.push_back(read_run(queries, run, keys, pass));
    return at::cat(contexts);
  }
  const at::Tensor contexts = at::empty_like(queries);
  const std::int64_t query_width = queries.size(1), key_width = keys.keys.size(1);
  const auto part = [&](std::int64_t row) {
    const auto r = static_cast<std::size_t>(row);
    return KeyRows{keys.keys.data_ptr<float>() + keys.firsts[r] * key_width,
                   keys.values.data_ptr<float>() + keys.firsts[r] * key_width, keys.counts[r],
                   key_width};
  };
  for (const auto& run : runs) {
    RowQueries row{.queries = queries.data_ptr<float>() + run.first * query_width,
                   .contexts = contexts.data_ptr<float>() + run.first * query_width,
                   .count = run.count,
                   .position = run.position,
                   .causal = causal_ && keys.in_row,
                   .reach = keys.in_row ? reach_.value_or(-1) : -1};
    std::int64_t num_keys = 0;
    for (std::int64_t r = run.row; r >= 0; r = keys.parents[static_cast<std::size_t>(r)]) {
      row.keys.push_back(part(r));
      num_keys += row.keys.back().count;
    }
    std::reverse(row.keys.begin(), row.keys.end());
    at::Tensor more = added(queries, run, keys, num_keys, pass);
    if (more.defined()) more = more.contiguous();
    row.added = more.defined() ? more.data_ptr<float>() : nullptr;
    attend_row(row, heads_);
  }
  return contexts;
}

// With a graph, where no row continues another.
at::Tensor Attention::read_run(const at::Tensor& queries, const QueryRun& run, const Keys& keys,
                               ForwardPass& pass) const {
  const auto r = static_cast<std::size_t>(run.row);
  const at::Tensor own = queries.narrow(0, run.first, run.count),
                   key = keys.keys.narrow(0, keys.firsts[r], keys.counts[r]),
                   value = keys.values.narrow(0, keys.firsts[r], keys.counts[r]);
  if (!keys.in_row) return attend(own, key, value, {}, heads_);
  const Span span{run.position, run.count};
  at::Tensor more = unseen_keys(causal_, reach_, span, key.size(0));
  if (const at::Tensor scores = added(queries, run, keys, key.size(0), pass); scores.defined())
    more = more.defined() ? more + scores : scores;
  return attend(own, key, value, more, heads_);
}

}  // namespace prospect
