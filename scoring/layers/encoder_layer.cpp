#include "scoring/layers/encoder_layer.h"

#include "scoring/layers/blocks.h"

namespace prospect {

EncoderLayer::EncoderLayer(const Parameters& parameters, const std::string& prefix,
                           const Description& description)
    : activation_(description.activation),
      attention_(parameters, prefix, description.num_heads),
      norm1_(get_norm(parameters, prefix + ".norm1", description.norm_epsilon)),
      norm2_(get_norm(parameters, prefix + ".norm2", description.norm_epsilon)),
      inner_(get_linear(parameters, prefix + ".inner")),
      outer_(get_linear(parameters, prefix + ".outer")) {}

at::Tensor EncoderLayer::operator()(const at::Tensor& x,
                                    const std::vector<std::int64_t>& lengths) const {
  return finish(x, attention_(x, lengths));
}

at::Tensor EncoderLayer::at_wanted(const at::Tensor& x, const std::vector<std::int64_t>& lengths,
                                   const at::Tensor& wanted,
                                   const std::vector<std::int64_t>& rows) const {
  return finish(wanted, attention_.at_wanted(x, lengths, wanted, rows));
}

// Everything after the attention works token by token: one block at a time stays in the cache.
at::Tensor EncoderLayer::finish(const at::Tensor& x, const at::Tensor& context) const {
  const auto inputs = x.split(kBlockHeight), contexts = context.split(kBlockHeight);
  std::vector<at::Tensor> blocks;
  blocks.reserve(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const at::Tensor middle = norm1_(inputs[i] + attention_.mix(contexts[i]));
    blocks.push_back(norm2_(middle + outer_(activate(activation_, inner_(middle)))));
  }
  return at::cat(blocks);
}

}  // namespace prospect
