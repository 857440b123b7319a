#pragma once

#include <optional>
#include <string>

#include "scoring/layers/attend.h"
#include "scoring/layers/disentangled.h"
#include "scoring/layers/forward_pass.h"
#include "scoring/layers/linear.h"
#include "scoring/layers/norm.h"

namespace prospect {

/// Multi-head attention of tokens to tokens of their row, or of an encoder's row.
class Attention {
 public:
  /// Reads `prefix.query`, `.key`, `.value` (or all three above each other in `.joint`), `.mix`,
  /// and where the family has them `.query_norm`, `.key_norm`.
  Attention(const Parameters& parameters, const std::string& prefix, const StackDescription& stack,
            const LayerDescription& layer);

  /// Adds DeBERTa's scores. @param positions  rows of the relative positions. [2 span, D]
  void add_disentangled(const Parameters& parameters, const std::string& prefix,
                        const Disentangled& description, const at::Tensor& positions);

  /// For every token, before the mixing product. [N, D] -> [N, H d]
  at::Tensor operator()(const at::Tensor& x, ForwardPass& pass) const;
  /// For the wanted tokens alone: what each reads does not depend on what else is wanted.
  /// @param wanted  their rows of x. @return [W, H d]
  at::Tensor at_wanted(const at::Tensor& x, const at::Tensor& wanted, ForwardPass& pass) const;

  /// Of every token to the encoder's rows. [N, D] -> [N, H d]
  at::Tensor to_memory(const at::Tensor& x, ForwardPass& pass) const;
  at::Tensor to_memory_at_wanted(const at::Tensor& wanted, ForwardPass& pass) const;

  /// The product that mixes the heads' results. @param other  what is added, unless the stack
  /// normalises the product first.
  at::Tensor mix(const at::Tensor& context, Precision precision,
                 const at::Tensor& other = {}) const {
    return mix_(context, precision, other);
  }

 private:
  // Rows of keys and values, and which of them each of the queries' rows reads.
  struct Keys {
    at::Tensor keys, values;  // [N, H' d]
    std::vector<std::int64_t> firsts, counts;
    std::vector<std::int64_t> parents;  // the row that is read first, or -1
    bool in_row = true;                 // of the queries' own row: positions mean something
  };

  at::Tensor project(const Linear& linear, const std::optional<Norm>& norm,
                     const RotaryTable* rotary, const at::Tensor& x, Precision precision) const;
  Keys own_keys(const at::Tensor& x, const ForwardPass& pass) const;
  Keys memory_keys(const ForwardPass& pass) const;
  std::vector<QueryRun> wanted_runs(const ForwardPass& pass) const;
  at::Tensor read(const at::Tensor& queries, const std::vector<QueryRun>& runs, const Keys& keys,
                  ForwardPass& pass) const;
  at::Tensor read_run(const at::Tensor& queries, const QueryRun& run, const Keys& keys,
                      ForwardPass& pass) const;
  at::Tensor added(const at::Tensor& queries, const QueryRun& run, const Keys& keys,
                   std::int64_t num_keys, ForwardPass& pass) const;

  Heads heads_;
  bool causal_;
  std::optional<std::int64_t> reach_;
  std::optional<std::size_t> rotary_;
  Linear query_, key_, value_, mix_;
  std::optional<Norm> query_norm_, key_norm_;
  std::optional<DisentangledScores> disentangled_;
};

}  // namespace prospect
