#include "scoring/layers/feed_forward.h"

#include <algorithm>

namespace prospect {

FeedForward::FeedForward(const Parameters& parameters, const std::string& prefix,
                         const StackDescription& stack, bool adds)
    : outer_(get_linear(parameters, prefix + ".outer", {.add = adds})) {
  const Epilogue active{.activation = stack.activation, .narrow = !stack.gated},
      gated{.multiply = true, .narrow = true};
  if (!stack.gated) {
    inner_ = get_linear(parameters, prefix + ".inner", active);
  } else if (parameters.has(prefix + ".gate_inner.weight")) {
    const Linear both = get_linear(parameters, prefix + ".gate_inner");
    gate_ = both.rows(0, stack.inner_size, active);
    inner_ = both.rows(stack.inner_size, stack.inner_size, gated);
  } else {
    gate_ = get_linear(parameters, prefix + ".gate", active);
    inner_ = get_linear(parameters, prefix + ".inner", gated);
  }
}

at::Tensor FeedForward::inner(const at::Tensor& x, Precision precision) const {
  return inner_(x, precision, gate_.defined() ? gate_(x, precision) : at::Tensor());
}

// Without gradients block by block: what is between the two products stays in the cache.
at::Tensor FeedForward::operator()(const at::Tensor& x, Precision precision,
                                   const at::Tensor& other) const {
  if (builds_graph()) return outer_(inner(x, precision), precision, other);
  const at::Tensor result = at::empty({x.size(0), outer_.out()}, x.options());
  for (std::int64_t first = 0; first < x.size(0); first += kBlockRows) {
    const std::int64_t count = std::min(kBlockRows, x.size(0) - first);
    outer_.into(result.narrow(0, first, count), inner(x.narrow(0, first, count), precision),
                precision, other.defined() ? other.narrow(0, first, count) : other);
  }
  return result;
}

}  // namespace prospect
