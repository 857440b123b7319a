#include "scoring/layers/activation.h"

#include <utility>
#include <vector>

#include "core/error.h"
#include "core/text.h"

namespace prospect {
namespace {

constexpr std::pair<std::string_view, Activation> kNames[] = {
    {"gelu", Activation::gelu},           {"gelu_python", Activation::gelu},
    {"gelu_new", Activation::gelu_tanh},  {"gelu_pytorch_tanh", Activation::gelu_tanh},
    {"relu", Activation::relu},           {"silu", Activation::silu},
    {"swish", Activation::silu},          {"tanh", Activation::tanh},
    {"gelu_fast", Activation::gelu_tanh},
};

}  // namespace

Activation read_activation(const ModelConfig& config, std::string_view key,
                           std::string_view otherwise) {
  const std::string found =
      otherwise.empty() ? config.string(key) : config.string_or(key, otherwise);
  std::vector<std::string> known;
  for (const auto& [name, activation] : kNames) {
    if (name == found) return activation;
    known.emplace_back(name);
  }
  fail(ErrorKind::unsupported, config.where() + "#/" + std::string(key), "unknown activation '",
       found, "'; known: ", join(known, ", "));
}

at::Tensor activate(Activation activation, const at::Tensor& x) {
  switch (activation) {
    case Activation::gelu:
      return at::gelu(x, "none");
    case Activation::gelu_tanh:
      return at::gelu(x, "tanh");
    case Activation::relu:
      return at::relu(x);
    case Activation::silu:
      return at::silu(x);
    case Activation::tanh:
      return at::tanh(x);
  }
  return x;
}

}  // namespace prospect
