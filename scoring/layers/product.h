#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "core/scorer.h"
#include "scoring/checkpoint/huge_pages.h"
#include "scoring/description.h"
#include "scoring/torch.h"

namespace prospect {

/// Rows of tokens that one product takes at a time. Every product has this height, the last one
/// filled up with zeros: a library picks its path by the shape, and each path may round in its own
/// way, so that with one height a token's numbers are the same bits in every company.
inline constexpr std::int64_t kBlockRows = 64;

/// What is done to a product before it is stored, while it is still in registers.
struct Epilogue {
  std::optional<Activation> activation;
  bool add = false;       ///< Another matrix of the product's shape is added.
  bool multiply = false;  ///< Another matrix is multiplied with, number by number.
  bool narrow = false;    ///< The result is stored as it enters the next product.
};

/// x W^T + b with the weights packed once for oneDNN, in float32 or bfloat16 (summed in float32).
///
/// oneDNN's kernels for AVX-512 reach twice what OpenBLAS's for Haswell do, which is what OpenBLAS
/// picks on Zen; and they share no lock between callers. @see experiments/bench/README.md
class PackedProduct {
 public:
  /// @param weight  [out, in] @param bias  [out]; undefined: none.
  /// @param pages   where the packed weights lie; they outlive it.
  PackedProduct(const at::Tensor& weight, const at::Tensor& bias, const Epilogue& epilogue,
                Precision precision, HugePages& pages);
  ~PackedProduct();

  /// @param x      [n, in], rows contiguous. @param other  of the epilogue. [n, out]
  /// @param result [n, out] of `result_type()`, rows contiguous.
  void operator()(const at::Tensor& x, const at::Tensor& other, const at::Tensor& result) const;

  at::ScalarType result_type() const;

 private:
  struct Primitive;
  std::unique_ptr<Primitive> primitive_;
};

}  // namespace prospect
