#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scoring/description.h"
#include "scoring/layers/activation.h"
#include "scoring/layers/attention.h"
#include "scoring/layers/linear.h"

namespace prospect {

/// One layer of an encoder: attention, then a feed-forward net, each added to what came in.
class EncoderLayer {
 public:
  /// Reads the parameters under `prefix`: `.query`, `.key`, `.value`, `.mix`, `.norm1`, `.inner`,
  /// `.outer`, `.norm2`.
  EncoderLayer(const Parameters& parameters, const std::string& prefix,
               const Description& description);

  /// For all tokens.
  Blocks operator()(const Blocks& x, const RowLengths& lengths) const;

  /// For wanted tokens alone: what the last layer is asked for.
  /// @param wanted  columns of `x`. @param rows  the row of each of them.
  Blocks at_wanted(const Blocks& x, const RowLengths& lengths, const Blocks& wanted,
                   const std::vector<std::int64_t>& rows) const;

 private:
  Blocks finish(const Blocks& x, const at::Tensor& context) const;

  Activation activation_;
  Attention attention_;
  Norm norm1_, norm2_;
  Linear inner_, outer_;
};

}  // namespace prospect
