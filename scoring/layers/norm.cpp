#include "scoring/layers/norm.h"

#include "scoring/layers/kernels.h"
#include "scoring/layers/linear.h"

namespace prospect {

at::Tensor Norm::operator()(const at::Tensor& x) const {
  if (!builds_graph()) {
    const at::Tensor rows = x.contiguous();
    const at::Tensor result = at::empty_like(rows);
    const std::int64_t size = rows.size(-1);
    normalise_rows(rows.data_ptr<float>(), rows.numel() / size, size,
                   scale.defined() ? scale.data_ptr<float>() : nullptr,
                   shift.defined() ? shift.data_ptr<float>() : nullptr, static_cast<float>(epsilon),
                   kind == NormKind::layer, result.data_ptr<float>());
    return result;
  }
  const at::Tensor centred = kind == NormKind::layer ? x - x.mean(-1, true) : x;
  at::Tensor y = centred / at::sqrt((centred * centred).mean(-1, true) + epsilon);
  if (scale.defined()) y = y * scale;
  return shift.defined() ? y + shift : y;
}

Norm get_norm(const Parameters& parameters, const std::string& name, NormKind kind,
              double epsilon) {
  const auto numbers = [&](const char* part) {
    return parameters.has(name + part) ? parameters.get(name + part).contiguous() : at::Tensor();
  };
  return {numbers(".scale"), numbers(".shift"), kind, epsilon};
}

}  // namespace prospect
