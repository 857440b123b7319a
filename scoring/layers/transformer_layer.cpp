#include "scoring/layers/transformer_layer.h"

namespace prospect {

TransformerLayer::TransformerLayer(const Parameters& parameters, const std::string& prefix,
                                   const StackDescription& stack, const LayerDescription& layer)
    : placement_(stack.placement),
      attention_(parameters, prefix, stack, layer),
      feed_forward_(parameters, prefix, stack) {
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

Blocks TransformerLayer::operator()(const Blocks& x, ForwardPass& pass) const {
  Blocks y = add_attention(x, attention_(normed(x), pass));
  if (cross_) y = add_cross(y, cross_->to_memory(cross_input(y), pass));
  return add_feed_forward(y, x);
}

Blocks TransformerLayer::at_wanted(const Blocks& x, ForwardPass& pass) const {
  const at::Tensor columns = from_blocks(x, pass.rows().num_tokens());
  const Blocks wanted = to_blocks(columns.index_select(1, pass.wanted_columns()));
  Blocks y = add_attention(wanted, attention_.at_wanted(normed(x), normed(wanted), pass));
  if (cross_) y = add_cross(y, cross_->to_memory_at_wanted(cross_input(y), pass));
  return add_feed_forward(y, wanted);
}

// What the attention reads.
Blocks TransformerLayer::normed(const Blocks& x) const {
  return placement_ == NormPlacement::post || !norm1_ ? x : by_block(x, *norm1_);
}

Blocks TransformerLayer::cross_input(const Blocks& x) const {
  return placement_ == NormPlacement::post ? x : by_block(x, *norm_cross_);
}

Blocks TransformerLayer::add_attention(const Blocks& x, const at::Tensor& context) const {
  const Blocks contexts = to_blocks(context);
  Blocks results;
  results.reserve(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    at::Tensor mixed = attention_.mix(contexts[i]);
    if (norm1_out_) mixed = (*norm1_out_)(mixed);
    const at::Tensor sum = x[i] + mixed;
    results.push_back(placement_ == NormPlacement::post ? (*norm1_)(sum) : sum);
  }
  return results;
}

Blocks TransformerLayer::add_cross(const Blocks& x, const at::Tensor& context) const {
  const Blocks contexts = to_blocks(context);
  Blocks results;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const at::Tensor sum = x[i] + cross_->mix(contexts[i]);
    results.push_back(placement_ == NormPlacement::post ? (*norm_cross_)(sum) : sum);
  }
  return results;
}

// Works token by token: one block at a time stays in the cache.
// @param input  what came into the layer.
Blocks TransformerLayer::add_feed_forward(const Blocks& x, const Blocks& input) const {
  Blocks results;
  results.reserve(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    switch (placement_) {
      case NormPlacement::post:
        results.push_back((*norm2_)(x[i] + feed_forward_(x[i])));
        break;
      case NormPlacement::pre:
        results.push_back(x[i] + feed_forward_((*norm2_)(x[i])));
        break;
      case NormPlacement::parallel:
        results.push_back(x[i] + feed_forward_((*norm2_)(input[i])));
        break;
      case NormPlacement::sandwich:
        results.push_back(x[i] + (*norm2_out_)(feed_forward_((*norm2_)(x[i]))));
        break;
    }
  }
  return results;
}

}  // namespace prospect
