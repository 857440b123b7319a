#include "scoring/layers/convolution.h"

#include "scoring/layers/activation.h"

namespace prospect {
namespace {

// The columns `by` places further on in their row; zeros where it ends.
Blocks shifted(const std::vector<at::Tensor>& rows, std::int64_t by) {
  std::vector<at::Tensor> parts;
  for (const auto& row : rows) parts.push_back(at::constant_pad_nd(row, {-by, by}));
  return to_blocks(at::cat(parts, 1));
}

}  // namespace

Convolution::Convolution(const Parameters& parameters, const std::string& prefix,
                         Activation activation, double epsilon)
    : activation_(activation),
      bias_(parameters.get(prefix + ".bias").unsqueeze(1)),
      norm_(get_norm(parameters, prefix + ".norm", NormKind::layer, epsilon)) {
  const at::Tensor weight = parameters.get(prefix + ".weight");
  for (std::int64_t j = 0; j < weight.size(2); ++j)
    weights_.push_back(weight.select(2, j).contiguous());
}

Blocks Convolution::operator()(const Blocks& x, const Blocks& residual,
                               const RowLayout& rows) const {
  const auto split = from_blocks(x, rows.num_tokens()).split_with_sizes(rows.lengths, 1);
  const auto middle = static_cast<std::int64_t>(weights_.size() - 1) / 2;
  Blocks sums;
  for (std::size_t j = 0; j < weights_.size(); ++j) {
    const Blocks moved = shifted(split, static_cast<std::int64_t>(j) - middle);
    for (std::size_t i = 0; i < moved.size(); ++i) {
      const at::Tensor product = at::mm(weights_[j], moved[i]);
      if (j == 0)
        sums.push_back(product + bias_);
      else
        sums[i] = sums[i] + product;
    }
  }
  for (std::size_t i = 0; i < sums.size(); ++i)
    sums[i] = norm_(residual[i] + activate(activation_, sums[i]));
  return sums;
}

}  // namespace prospect
