#pragma once

#include <vector>

#include "core/scorer.h"
#include "scoring/layers/position_scores.h"
#include "scoring/layers/rotary.h"
#include "scoring/layers/row_layout.h"

namespace prospect {

/// An encoder's output, as a decoder's layers read it.
struct Memory {
  at::Tensor tokens;                  ///< [N, D]
  std::vector<std::int64_t> lengths;  ///< Of the encoder's rows.
  std::vector<std::int64_t> row_of;   ///< For each row of the decoder, the encoder's.
};

/// One pass through a stack: who is whose neighbour, and what depends on positions alone, made once
/// for all layers.
class ForwardPass {
 public:
  /// @param bucket_table  [count, H]; undefined where the stack has no relative buckets.
  /// @param memory        outlives the pass; null without cross-attention.
  ForwardPass(const StackDescription& stack, RowLayout rows, std::vector<WantedToken> wanted,
              const at::Tensor& bucket_table, const Memory* memory, Precision precision);

  const RowLayout& rows() const { return rows_; }
  const std::vector<WantedToken>& wanted() const { return wanted_; }
  /// The wanted tokens' places among all. [W]
  const at::Tensor& wanted_rows() const { return wanted_rows_; }
  Precision precision() const { return precision_; }
  const Memory* memory() const { return memory_; }

  /// Tables of all tokens, and of the wanted ones, for one of the stack's rotaries.
  const RotaryTable& rotary(std::size_t index) const { return rotary_[index]; }
  const RotaryTable& wanted_rotary(std::size_t index) const { return wanted_rotary_[index]; }

  PositionScores& position_scores() { return scores_; }

 private:
  RowLayout rows_;
  std::vector<WantedToken> wanted_;
  at::Tensor wanted_rows_;
  std::vector<RotaryTable> rotary_, wanted_rotary_;
  PositionScores scores_;
  const Memory* memory_;
  Precision precision_;
};

}  // namespace prospect
