#include "scoring/layers/product.h"

#include <dnnl.hpp>
#include <unordered_map>

#include "scoring/layers/kernels.h"

namespace prospect {
namespace {

using Type = dnnl::memory::data_type;
using Layout = dnnl::memory::format_tag;

const dnnl::engine& cpu_engine() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

dnnl::memory::desc rows_of(std::int64_t count, std::int64_t width, Type type) {
  return {{count, width}, type, Layout::ab};
}

void append(dnnl::post_ops& operations, Activation activation) {
  using dnnl::algorithm;
  switch (activation) {
    case Activation::gelu:
      return operations.append_eltwise(1, algorithm::eltwise_gelu_erf, 0, 0);
    case Activation::gelu_tanh:
      return operations.append_eltwise(1, algorithm::eltwise_gelu_tanh, 0, 0);
    case Activation::relu:
      return operations.append_eltwise(1, algorithm::eltwise_relu, 0, 0);
    case Activation::silu:
      return operations.append_eltwise(1, algorithm::eltwise_swish, 1, 0);
    case Activation::tanh:
      return operations.append_eltwise(1, algorithm::eltwise_tanh, 0, 0);
  }
}

dnnl::primitive_attr attributes(const Epilogue& epilogue, std::int64_t out) {
  dnnl::post_ops operations;
  if (epilogue.activation) append(operations, *epilogue.activation);
  const auto other = rows_of(kBlockRows, out, Type::f32);
  if (epilogue.add) operations.append_binary(dnnl::algorithm::binary_add, other);
  if (epilogue.multiply) operations.append_binary(dnnl::algorithm::binary_mul, other);
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(operations);
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attributes;
}

dnnl::matmul::primitive_desc describe(std::int64_t in, std::int64_t out, bool has_bias,
                                      const Epilogue& epilogue, Type type) {
  const auto source = rows_of(kBlockRows, in, type);
  const dnnl::memory::desc weights({in, out}, type, Layout::any);
  const auto result = rows_of(kBlockRows, out, epilogue.narrow ? type : Type::f32);
  const auto matmul = has_bias
                          ? dnnl::matmul::desc(source, weights, rows_of(1, out, Type::f32), result)
                          : dnnl::matmul::desc(source, weights, result);
  return {matmul, attributes(epilogue, out), cpu_engine()};
}

at::Tensor to_bfloat16(const at::Tensor& rows) {
  const at::Tensor from = rows.contiguous();
  at::Tensor result = at::empty(from.sizes(), from.options().dtype(at::kBFloat16));
  narrow_numbers(from.data_ptr<float>(), from.numel(),
                 static_cast<std::uint16_t*>(result.data_ptr()));
  return result;
}

// A matrix's last rows with zeros behind them, so that they make a block.
at::Tensor filled_up(const at::Tensor& rows) {
  at::Tensor block = at::zeros({kBlockRows, rows.size(1)}, rows.options());
  block.narrow(0, 0, rows.size(0)).copy_(rows);
  return block;
}

}  // namespace

struct PackedProduct::Primitive {
  Primitive(const at::Tensor& weight, const at::Tensor& given_bias, const Epilogue& epilogue,
            Precision precision, HugePages& pages)
      : type(precision == Precision::bfloat16 ? Type::bf16 : Type::f32),
        narrow(epilogue.narrow && type == Type::bf16),
        has_other(epilogue.add || epilogue.multiply),
        // What an operation beside the product reads is named by the operation's number.
        other_argument(DNNL_ARG_ATTR_MULTIPLE_POST_OP(epilogue.activation ? 1 : 0) |
                       DNNL_ARG_SRC_1),
        description(describe(weight.size(1), weight.size(0), given_bias.defined(), epilogue, type)),
        matmul(description),
        weights(description.weights_desc(), cpu_engine(),
                pages.allocate(description.weights_desc().get_size())) {
    const at::Tensor plain = weight.contiguous();
    // [out, in] by rows is [in, out] by columns.
    dnnl::memory given({{weight.size(1), weight.size(0)}, Type::f32, Layout::ba}, cpu_engine(),
                       plain.data_ptr<float>());
    dnnl::stream stream(cpu_engine());
    dnnl::reorder(given, weights).execute(stream, given, weights);
    stream.wait();
    if (given_bias.defined()) bias = given_bias.contiguous();
  }

  Type type;
  bool narrow, has_other;
  int other_argument;
  dnnl::matmul::primitive_desc description;
  dnnl::matmul matmul;
  dnnl::memory weights;
  at::Tensor bias;
};

PackedProduct::PackedProduct(const at::Tensor& weight, const at::Tensor& bias,
                             const Epilogue& epilogue, Precision precision, HugePages& pages)
    : primitive_(std::make_unique<Primitive>(weight, bias, epilogue, precision, pages)) {}

PackedProduct::~PackedProduct() = default;

at::ScalarType PackedProduct::result_type() const {
  return primitive_->narrow ? at::kBFloat16 : at::kFloat;
}

void PackedProduct::operator()(const at::Tensor& given, const at::Tensor& other,
                               const at::Tensor& result) const {
  const Primitive& p = *primitive_;
  const at::Tensor x =
      p.type == Type::bf16 && given.scalar_type() == at::kFloat ? to_bfloat16(given) : given;
  dnnl::stream stream(cpu_engine());
  const auto at_address = [](const dnnl::memory::desc& description, void* data) {
    return dnnl::memory(description, cpu_engine(), data);
  };
  std::unordered_map<int, dnnl::memory> arguments{
      {DNNL_ARG_SRC, at_address(p.description.src_desc(), nullptr)},
      {DNNL_ARG_WEIGHTS, p.weights},
      {DNNL_ARG_DST, at_address(p.description.dst_desc(), nullptr)},
      {DNNL_ARG_SCRATCHPAD, dnnl::memory(p.description.scratchpad_desc(), cpu_engine())}};
  if (p.bias.defined())
    arguments.emplace(DNNL_ARG_BIAS, at_address(p.description.query_md(dnnl::query::weights_md, 1),
                                                p.bias.data_ptr<float>()));
  if (p.has_other)
    arguments.emplace(p.other_argument,
                      at_address(rows_of(kBlockRows, result.size(1), Type::f32), nullptr));
  const auto multiply = [&](const at::Tensor& from, const at::Tensor& second,
                            const at::Tensor& to) {
    arguments.at(DNNL_ARG_SRC).set_data_handle(from.data_ptr());
    arguments.at(DNNL_ARG_DST).set_data_handle(to.data_ptr());
    if (p.has_other) arguments.at(p.other_argument).set_data_handle(second.data_ptr());
    p.matmul.execute(stream, arguments);
  };
  const auto part = [](const at::Tensor& rows, std::int64_t first, std::int64_t count) {
    return rows.defined() ? rows.narrow(0, first, count) : rows;
  };
  std::int64_t first = 0;
  for (; first + kBlockRows <= x.size(0); first += kBlockRows)
    multiply(part(x, first, kBlockRows), part(other, first, kBlockRows),
             part(result, first, kBlockRows));
  if (const std::int64_t left = x.size(0) - first; left > 0) {
    const at::Tensor block = at::empty({kBlockRows, result.size(1)}, result.options());
    multiply(filled_up(part(x, first, left)),
             p.has_other ? filled_up(part(other, first, left)) : other, block);
    part(result, first, left).copy_(part(block, 0, left));
  }
  stream.wait();
}

}  // namespace prospect
