#pragma once

#include <optional>
#include <string>

#include "scoring/description.h"
#include "scoring/layers/linear.h"
#include "scoring/layers/norm.h"
#include "scoring/token_batch.h"

namespace prospect {

/// Makes the first layer's input of tokens' embedding rows: positions and token types added, normed
/// and projected as the family does.
class Embedding {
 public:
  /// Reads `prefix.token`, and what the description asks for of `.position`, `.segment`, `.norm`,
  /// `.projection`.
  /// @param table  the tokens' rows [V, E]. @param num_positions  of a sinusoidal table.
  Embedding(const Parameters& parameters, const std::string& prefix,
            const EmbeddingDescription& description, const at::Tensor& table, double norm_epsilon,
            std::int64_t num_positions);

  const at::Tensor& table() const { return table_; }  ///< [V, E]
  /// The table's rows of some tokens. [N, E]
  at::Tensor rows(const std::vector<std::int32_t>& ids) const;

  /// @param rows      [N, E]. @param types  of each token; unused without token types.
  /// @param positions of each token. @return [N, D]
  at::Tensor operator()(const at::Tensor& rows, const std::vector<std::int32_t>& types,
                        const std::vector<std::int64_t>& positions, Precision precision) const;

  /// The row of the position table of each token of a batch's row.
  void add_positions(std::span<const TokenId> ids, std::int64_t start,
                     std::vector<std::int64_t>& positions) const;

 private:
  EmbeddingDescription description_;
  at::Tensor table_, positions_, segments_;  ///< [V, E], [P, E], [S, E]
  std::optional<Norm> norm_;
  Linear projection_;
};

}  // namespace prospect
