#pragma once

#include <optional>
#include <string>

#include "scoring/description.h"
#include "scoring/layers/attention.h"
#include "scoring/layers/feed_forward.h"
#include "scoring/layers/norm.h"

namespace prospect {

/// One layer: attention, in a decoder attention to the encoder's output, then a feed-forward net,
/// each added to what came in.
class TransformerLayer {
 public:
  /// Reads the parameters under `prefix`: what `Attention` and `FeedForward` read, `.norm1` and
  /// `.norm2` of the two, `.norm1_out` and `.norm2_out` of a sandwich, and for cross-attention
  /// `.cross` and `.norm_cross`.
  TransformerLayer(const Parameters& parameters, const std::string& prefix,
                   const StackDescription& stack, const LayerDescription& layer);

  Attention& attention() { return attention_; }

  /// For all tokens. [N, D] -> [N, D]
  at::Tensor operator()(const at::Tensor& x, ForwardPass& pass) const;
  /// For wanted tokens alone: what the last layer is asked for. [N, D] -> [W, D]
  at::Tensor at_wanted(const at::Tensor& x, ForwardPass& pass) const;

 private:
  at::Tensor normed(const at::Tensor& x) const;
  at::Tensor cross_input(const at::Tensor& x) const;
  at::Tensor add_attention(const at::Tensor& x, const at::Tensor& context,
                           Precision precision) const;
  at::Tensor add_cross(const at::Tensor& x, const at::Tensor& context, Precision precision) const;
  at::Tensor add_feed_forward(const at::Tensor& x, const at::Tensor& input,
                              Precision precision) const;

  NormPlacement placement_;
  Attention attention_;
  std::optional<Attention> cross_;
  FeedForward feed_forward_;
  std::optional<Norm> norm1_, norm1_out_, norm_cross_, norm2_, norm2_out_;
};

}  // namespace prospect
