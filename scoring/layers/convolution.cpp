#include "scoring/layers/convolution.h"

#include "scoring/layers/activation.h"

namespace prospect {
namespace {

// The tokens `by` places further on in their row; zeros where it ends.
at::Tensor shifted(const std::vector<at::Tensor>& rows, std::int64_t by) {
  std::vector<at::Tensor> parts;
  for (const auto& row : rows) parts.push_back(at::constant_pad_nd(row, {0, 0, -by, by}));
  return at::cat(parts);
}

}  // namespace

Convolution::Convolution(const Parameters& parameters, const std::string& prefix,
                         Activation activation, double epsilon)
    : activation_(activation),
      norm_(get_norm(parameters, prefix + ".norm", NormKind::layer, epsilon)) {
  const at::Tensor weight = parameters.get(prefix + ".weight");
  for (std::int64_t j = 0; j < weight.size(2); ++j)
    taps_.emplace_back(weight.select(2, j).contiguous(),
                       j == 0 ? parameters.get(prefix + ".bias") : at::Tensor(), parameters.pages(),
                       Epilogue{.add = j > 0});
}

at::Tensor Convolution::operator()(const at::Tensor& x, const at::Tensor& residual,
                                   const RowLayout& rows, Precision precision) const {
  const auto split = x.split_with_sizes(rows.lengths);
  const auto middle = static_cast<std::int64_t>(taps_.size() - 1) / 2;
  at::Tensor sum;
  for (std::size_t j = 0; j < taps_.size(); ++j)
    sum = taps_[j](shifted(split, static_cast<std::int64_t>(j) - middle), precision, sum);
  return norm_(residual + activate(activation_, sum));
}

}  // namespace prospect
