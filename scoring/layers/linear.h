#pragma once

#include <memory>
#include <string>

#include "scoring/checkpoint/parameters.h"
#include "scoring/layers/product.h"

namespace prospect {

/// x W^T + b and what follows it, for rows of tokens.
///
/// Where no gradient is asked for the product is oneDNN's, on weights that are packed when they are
/// first needed in a precision; else it is LibTorch's, in float32.
class Linear {
 public:
  Linear() = default;
  /// @param weight  [out, in] @param bias  [out]; undefined: none.
  /// @param pages   where the packed weights will lie.
  /// @param in_file the weights lie in a mapped file: its pages are given back once packed.
  Linear(at::Tensor weight, at::Tensor bias, std::shared_ptr<HugePages> pages,
         const Epilogue& epilogue = {}, bool in_file = false);

  bool defined() const { return weight_.defined(); }
  const at::Tensor& weight() const { return weight_; }
  const at::Tensor& bias() const { return bias_; }
  std::int64_t in() const { return weight_.size(1); }
  std::int64_t out() const { return weight_.size(0); }

  /// @param x  [n, in] @param other  what the epilogue adds or multiplies. [n, out]
  at::Tensor operator()(const at::Tensor& x, Precision precision,
                        const at::Tensor& other = {}) const;
  /// The same into rows that are there already; without gradients alone.
  void into(const at::Tensor& result, const at::Tensor& x, Precision precision,
            const at::Tensor& other = {}) const;

  /// Rows [first, first + count) of the weights.
  Linear rows(std::int64_t first, std::int64_t count, const Epilogue& epilogue = {}) const;

 private:
  struct Packed;
  const PackedProduct& packed(Precision precision) const;

  at::Tensor weight_, bias_;
  std::shared_ptr<HugePages> pages_;
  Epilogue epilogue_;
  bool in_file_ = false;
  std::shared_ptr<Packed> packed_;
};

/// Whether this thread builds an autograd graph.
inline bool builds_graph() {
  return at::GradMode::is_enabled();
}

/// `name.weight` and, where the family has one, `name.bias`.
Linear get_linear(const Parameters& parameters, const std::string& name,
                  const Epilogue& epilogue = {});

}  // namespace prospect
