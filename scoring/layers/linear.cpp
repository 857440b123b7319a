#include "scoring/layers/linear.h"

#include <mutex>
#include <utility>

#include "scoring/checkpoint/mapped_file.h"
#include "scoring/layers/activation.h"

namespace prospect {
struct Linear::Packed {
  std::once_flag once[2];
  std::unique_ptr<const PackedProduct> product[2];
};

Linear::Linear(at::Tensor weight, at::Tensor bias, std::shared_ptr<HugePages> pages,
               const Epilogue& epilogue, bool in_file)
    : weight_(std::move(weight)),
      bias_(std::move(bias)),
      pages_(std::move(pages)),
      epilogue_(epilogue),
      in_file_(in_file),
      packed_(std::make_shared<Packed>()) {}

const PackedProduct& Linear::packed(Precision precision) const {
  const std::size_t which = precision == Precision::bfloat16 ? 1 : 0;
  std::call_once(packed_->once[which], [&] {
    packed_->product[which] =
        std::make_unique<const PackedProduct>(weight_, bias_, epilogue_, precision, *pages_);
    if (in_file_)
      release_pages({static_cast<const std::byte*>(weight_.data_ptr()), weight_.nbytes()});
  });
  return *packed_->product[which];
}

at::Tensor Linear::operator()(const at::Tensor& x, Precision precision,
                              const at::Tensor& other) const {
  if (!builds_graph()) {
    const at::Tensor result =
        at::empty({x.size(0), out()}, x.options().dtype(packed(precision).result_type()));
    into(result, x, precision, other);
    return result;
  }
  at::Tensor y = at::linear(x, weight_, bias_);
  if (epilogue_.activation) y = activate(*epilogue_.activation, y);
  if (epilogue_.add) y = y + other;
  return epilogue_.multiply ? y * other : y;
}

void Linear::into(const at::Tensor& result, const at::Tensor& x, Precision precision,
                  const at::Tensor& other) const {
  packed(precision)(x, other, result);
}

Linear Linear::rows(std::int64_t first, std::int64_t count, const Epilogue& epilogue) const {
  return {weight_.narrow(0, first, count),
          bias_.defined() ? bias_.narrow(0, first, count) : at::Tensor(), pages_, epilogue,
          in_file_};
}

Linear get_linear(const Parameters& parameters, const std::string& name, const Epilogue& epilogue) {
  return {parameters.get(name + ".weight"),
          parameters.has(name + ".bias") ? parameters.get(name + ".bias") : at::Tensor(),
          parameters.pages(), epilogue, parameters.in_file(name + ".weight")};
}

}  // namespace prospect
