#include "scoring/layers/lm_head.h"

#include <algorithm>
#include <cmath>

namespace prospect {
namespace {

// The checkpoint's own output rows; a tied checkpoint often stores the embeddings a second time,
// which need not lie in memory twice.
at::Tensor output_rows(const Parameters& parameters, const at::Tensor& embedding) {
  if (!parameters.has("head.output.weight")) return embedding;
  const at::Tensor own = parameters.get("head.output.weight");
  return own.sizes() == embedding.sizes() && at::equal(own, embedding) ? embedding : own;
}

at::Tensor output_bias(const Parameters& parameters) {
  for (const char* name : {"head.output.own.bias", "head.output.bias"})
    if (parameters.has(name)) return parameters.get(name).view({-1});
  return {};
}

// Sixteen partial sums let the compiler use vectors.
float dot(const float* a, const float* b, std::int64_t size) {
  constexpr std::int64_t kLanes = 16;
  float sums[kLanes] = {};
  std::int64_t i = 0;
  for (; i + kLanes <= size; i += kLanes)
    for (std::int64_t lane = 0; lane < kLanes; ++lane) sums[lane] += a[i + lane] * b[i + lane];
  float sum = 0;
  for (; i < size; ++i) sum += a[i] * b[i];
  for (const float lane : sums) sum += lane;
  return sum;
}

}  // namespace

LmHead::LmHead(const Parameters& parameters, const Description& description,
               const at::Tensor& embedding)
    : description_(description.head),
      output_{output_rows(parameters, embedding), output_bias(parameters), parameters.pages()} {
  const auto& stack = description.decoder ? *description.decoder : description.stack;
  if (description.head.transform) {
    dense_ = get_linear(parameters, "head.transform", {.activation = description.head.activation});
    norm_ = get_norm(parameters, "head.norm", stack.norm, stack.norm_epsilon);
  }
  if (parameters.has("head.projection.weight"))
    projection_ = get_linear(parameters, "head.projection");
}

at::Tensor LmHead::transform(const at::Tensor& hidden, Precision precision) const {
  at::Tensor x = hidden;
  if (dense_) x = (*norm_)((*dense_)(x, precision));
  if (projection_) x = (*projection_)(x, precision);
  return description_.scale == 1 ? x : x * description_.scale;
}

at::Tensor LmHead::logits(const at::Tensor& transformed) const {
  const at::Tensor logits = output_(transformed, Precision::float32);
  return description_.cap > 0 ? at::tanh(logits / description_.cap) * description_.cap : logits;
}

double LmHead::logit(const float* transformed, TokenId id) const {
  const std::int64_t size = vector_size();
  float value = dot(transformed, output_.weight().data_ptr<float>() + id * size, size);
  if (output_.bias().defined()) value += output_.bias().data_ptr<float>()[id];
  if (description_.cap == 0) return static_cast<double>(value);
  return std::tanh(static_cast<double>(value) / description_.cap) * description_.cap;
}

}  // namespace prospect
