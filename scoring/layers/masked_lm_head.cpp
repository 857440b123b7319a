#include "scoring/layers/masked_lm_head.h"

#include "scoring/layers/activation.h"
#include "scoring/layers/blocks.h"

namespace prospect {
namespace {

// The checkpoint's own output rows; a tied checkpoint often stores the embeddings a second time,
// which need not lie in memory twice.
at::Tensor output_rows(const Parameters& parameters, const at::Tensor& embedding) {
  if (!parameters.has("head.output.weight")) return embedding;
  const at::Tensor own = parameters.get("head.output.weight");
  return at::equal(own, embedding) ? embedding : own;
}

}  // namespace

MaskedLmHead::MaskedLmHead(const Parameters& parameters, const Description& description,
                           const at::Tensor& embedding)
    : activation_(description.activation),
      dense_(get_linear(parameters, "head.transform")),
      norm_(get_norm(parameters, "head.norm", description.norm_epsilon)),
      rows_(output_rows(parameters, embedding)),
      bias_(parameters.get(parameters.has("head.output.own.bias") ? "head.output.own.bias"
                                                                  : "head.output.bias")) {}

at::Tensor MaskedLmHead::transform(const at::Tensor& hidden) const {
  return by_block(
      hidden, [&](const at::Tensor& block) { return norm_(activate(activation_, dense_(block))); });
}

at::Tensor MaskedLmHead::logits(const at::Tensor& transformed) const {
  const at::Tensor columns = rows_.t();  // [D, V]
  return by_block(transformed,
                  [&](const at::Tensor& block) { return at::addmm(bias_, block, columns); });
}

}  // namespace prospect
