#include "scoring/layers/transformer_layer.h"

namespace prospect {

TransformerLayer::TransformerLayer(const Parameters& parameters, const std::string& prefix,
                                   const StackDescription& stack, const LayerDescription& layer)
    : placement_(stack.placement),
      attention_(parameters, prefix, stack, layer),
      feed_forward_(parameters, prefix, stack, stack.placement != NormPlacement::sandwich) {
  const auto norm = [&](const char* name) {
    return get_norm(parameters, prefix + name, stack.norm, stack.norm_epsilon);
  };
  if (layer.attention_norm) norm1_ = norm(".norm1");
  norm2_ = norm(".norm2");
  if (stack.placement == NormPlacement::sandwich) {
    norm1_out_ = norm(".norm1_out");
    norm2_out_ = norm(".norm2_out");
  }
  if (stack.cross_attention) {
    LayerDescription plain = layer;
    plain.rotary.reset();
    cross_.emplace(parameters, prefix + ".cross", stack, plain);
    norm_cross_ = norm(".norm_cross");
  }
}

at::Tensor TransformerLayer::operator()(const at::Tensor& x, ForwardPass& pass) const {
  const Precision precision = pass.precision();
  at::Tensor y = add_attention(x, attention_(normed(x), pass), precision);
  if (cross_) y = add_cross(y, cross_->to_memory(cross_input(y), pass), precision);
  return add_feed_forward(y, x, precision);
}

at::Tensor TransformerLayer::at_wanted(const at::Tensor& x, ForwardPass& pass) const {
  const Precision precision = pass.precision();
  const at::Tensor wanted = x.index_select(0, pass.wanted_rows());
  at::Tensor y =
      add_attention(wanted, attention_.at_wanted(normed(x), normed(wanted), pass), precision);
  if (cross_) y = add_cross(y, cross_->to_memory_at_wanted(cross_input(y), pass), precision);
  return add_feed_forward(y, wanted, precision);
}

// What the attention reads.
at::Tensor TransformerLayer::normed(const at::Tensor& x) const {
  return placement_ == NormPlacement::post || !norm1_ ? x : (*norm1_)(x);
}

at::Tensor TransformerLayer::cross_input(const at::Tensor& x) const {
  return placement_ == NormPlacement::post ? x : (*norm_cross_)(x);
}

at::Tensor TransformerLayer::add_attention(const at::Tensor& x, const at::Tensor& context,
                                           Precision precision) const {
  if (norm1_out_) return x + (*norm1_out_)(attention_.mix(context, precision));
  const at::Tensor sum = attention_.mix(context, precision, x);
  return placement_ == NormPlacement::post ? (*norm1_)(sum) : sum;
}

at::Tensor TransformerLayer::add_cross(const at::Tensor& x, const at::Tensor& context,
                                       Precision precision) const {
  const at::Tensor sum = cross_->mix(context, precision, x);
  return placement_ == NormPlacement::post ? (*norm_cross_)(sum) : sum;
}

// @param input  what came into the layer.
at::Tensor TransformerLayer::add_feed_forward(const at::Tensor& x, const at::Tensor& input,
                                              Precision precision) const {
  switch (placement_) {
    case NormPlacement::post:
      return (*norm2_)(feed_forward_(x, precision, x));
    case NormPlacement::pre:
      return feed_forward_((*norm2_)(x), precision, x);
    case NormPlacement::parallel:
      return feed_forward_((*norm2_)(input), precision, x);
    case NormPlacement::sandwich:
      return x + (*norm2_out_)(feed_forward_((*norm2_)(x), precision));
  }
  return x;
}

}  // namespace prospect
