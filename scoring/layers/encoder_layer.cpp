#include "scoring/layers/encoder_layer.h"

namespace prospect {

EncoderLayer::EncoderLayer(const Parameters& parameters, const std::string& prefix,
                           const Description& description)
    : activation_(description.activation),
      attention_(parameters, prefix, description.num_heads),
      norm1_(get_norm(parameters, prefix + ".norm1", description.norm_epsilon)),
      norm2_(get_norm(parameters, prefix + ".norm2", description.norm_epsilon)),
      inner_(get_linear(parameters, prefix + ".inner")),
      outer_(get_linear(parameters, prefix + ".outer")) {}

Blocks EncoderLayer::operator()(const Blocks& x, const RowLengths& lengths) const {
  return finish(x, attention_(x, lengths));
}

Blocks EncoderLayer::at_wanted(const Blocks& x, const RowLengths& lengths, const Blocks& wanted,
                               const std::vector<std::int64_t>& rows) const {
  return finish(wanted, attention_.at_wanted(x, lengths, wanted, rows));
}

// Everything after the attention works token by token: one block at a time stays in the cache.
Blocks EncoderLayer::finish(const Blocks& x, const at::Tensor& context) const {
  const Blocks contexts = to_blocks(context);
  Blocks results;
  results.reserve(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const at::Tensor middle = norm1_(x[i] + attention_.mix(contexts[i]));
    results.push_back(norm2_(middle + outer_(activate(activation_, inner_(middle)))));
  }
  return results;
}

}  // namespace prospect
