#include "scoring/layers/stack.h"

#include <utility>

namespace prospect {
namespace {

// The rows of DeBERTa's relative positions. [2 span, D]
at::Tensor relative_positions(const Parameters& parameters, const std::string& prefix,
                              const StackDescription& stack) {
  const at::Tensor rows = parameters.get(prefix + ".positions.weight");
  const at::Tensor used = rows.narrow(0, 0, 2 * stack.disentangled->span);
  if (!stack.disentangled->norm_positions) return used;
  return get_norm(parameters, prefix + ".positions_norm", stack.norm, stack.norm_epsilon)(used);
}

}  // namespace

Stack::Stack(const Parameters& parameters, const std::string& prefix, const StackDescription& stack)
    : description_(stack) {
  at::Tensor positions;
  if (stack.disentangled) positions = relative_positions(parameters, prefix, stack);
  for (std::int64_t i = 0; i < stack.num_layers(); ++i) {
    const std::string name = prefix + ".layer." + std::to_string(stack.parameters_of(i));
    layers_.emplace_back(parameters, name, stack, stack.layers[static_cast<std::size_t>(i)]);
    if (stack.disentangled)
      layers_.back().attention().add_disentangled(parameters, name, *stack.disentangled, positions);
  }
  if (stack.final_norm)
    norm_ = get_norm(parameters, prefix + ".norm", stack.norm, stack.norm_epsilon);
  if (stack.convolution)
    convolution_.emplace(parameters, prefix + ".convolution", stack.convolution_activation,
                         stack.norm_epsilon);
  if (stack.buckets) buckets_ = parameters.get(prefix + ".buckets.weight");
}

ForwardPass Stack::begin(RowLayout rows, std::vector<WantedToken> wanted, const Memory* memory,
                         Precision precision) const {
  return ForwardPass(description_, std::move(rows), std::move(wanted), buckets_, memory, precision);
}

at::Tensor Stack::operator()(at::Tensor x, ForwardPass& pass) const {
  return finish(through(std::move(x), pass, layers_.size()));
}

at::Tensor Stack::at_wanted(at::Tensor x, ForwardPass& pass) const {
  // A convolution after the only layer needs that layer's neighbours.
  const bool whole = convolution_ && layers_.size() == 1;
  x = through(std::move(x), pass, whole ? 1 : layers_.size() - 1);
  if (!whole) return finish(layers_.back().at_wanted(x, pass));
  return finish(x.index_select(0, pass.wanted_rows()));
}

at::Tensor Stack::through(at::Tensor x, ForwardPass& pass, std::size_t count) const {
  for (std::size_t i = 0; i < count; ++i) {
    at::Tensor y = layers_[i](x, pass);
    if (i == 0 && convolution_) y = (*convolution_)(x, y, pass.rows(), pass.precision());
    x = std::move(y);
  }
  return x;
}

at::Tensor Stack::finish(const at::Tensor& x) const {
  return norm_ ? (*norm_)(x) : x;
}

}  // namespace prospect
