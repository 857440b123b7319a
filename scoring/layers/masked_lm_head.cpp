#include "scoring/layers/masked_lm_head.h"

#include <algorithm>

#include "scoring/layers/activation.h"

namespace prospect {
namespace {

// The checkpoint's own output rows; a tied checkpoint often stores the embeddings a second time,
// which need not lie in memory twice.
at::Tensor output_rows(const Parameters& parameters, const at::Tensor& embedding) {
  if (!parameters.has("head.output.weight")) return embedding;
  const at::Tensor own = parameters.get("head.output.weight");
  return at::equal(own, embedding) ? embedding : own;
}

at::Tensor output_bias(const Parameters& parameters) {
  const bool own = parameters.has("head.output.own.bias");
  return parameters.get(own ? "head.output.own.bias" : "head.output.bias").unsqueeze(1);
}

}  // namespace

MaskedLmHead::MaskedLmHead(const Parameters& parameters, const Description& description,
                           const at::Tensor& embedding)
    : activation_(description.activation),
      dense_(get_linear(parameters, "head.transform")),
      output_{output_rows(parameters, embedding), output_bias(parameters)},
      norm_(get_norm(parameters, "head.norm", description.norm_epsilon)) {}

Blocks MaskedLmHead::transform(const Blocks& hidden) const {
  return by_block(
      hidden, [&](const at::Tensor& block) { return norm_(activate(activation_, dense_(block))); });
}

at::Tensor MaskedLmHead::logits(const at::Tensor& transformed) const {
  std::int64_t left = transformed.size(0);
  std::vector<at::Tensor> parts;
  for (const auto& block : to_blocks(transformed.t())) {
    const std::int64_t count = std::min(left, kBlockTokens);
    parts.push_back(output_(block).narrow(1, kGuard, count).t());  // [count, V]
    left -= count;
  }
  return at::cat(parts).contiguous();
}

}  // namespace prospect
