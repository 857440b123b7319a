#include "scoring/layers/feed_forward.h"

#include "scoring/layers/activation.h"

namespace prospect {

FeedForward::FeedForward(const Parameters& parameters, const std::string& prefix,
                         const StackDescription& stack)
    : activation_(stack.activation), outer_(get_linear(parameters, prefix + ".outer")) {
  if (!stack.gated) {
    inner_ = get_linear(parameters, prefix + ".inner");
  } else if (parameters.has(prefix + ".gate_inner.weight")) {
    const Linear both = get_linear(parameters, prefix + ".gate_inner");
    gate_ = both.rows(0, stack.inner_size);
    inner_ = both.rows(stack.inner_size, stack.inner_size);
  } else {
    gate_ = get_linear(parameters, prefix + ".gate");
    inner_ = get_linear(parameters, prefix + ".inner");
  }
}

at::Tensor FeedForward::operator()(const at::Tensor& block) const {
  if (!gate_.weight.defined()) return outer_(activate(activation_, inner_(block)));
  return outer_(activate(activation_, gate_(block)) * inner_(block));
}

}  // namespace prospect
