// Mistral: Jiang et al., "Mistral 7B" (2023).
//
// As Llama without biases, and a token sees a window of those before it alone.

#include "scoring/families/detail/layouts.h"
#include "scoring/families/detail/rope.h"
#include "scoring/family.h"

namespace prospect {
namespace {

constexpr std::string_view kArchitectures[] = {"MistralForCausalLM"};

constexpr ConfigRow kKeys[] = {
    {"sliding_window", ConfigUse::reads},
    {"layer_types"},  // the reference passes it over
    {"attention_bias", ConfigUse::only, "false"},
};

Description describe(const ModelConfig& config) {
  Description model = describe_llama(config, {.num_kv_heads = 8});
  StackDescription& stack = model.stack;
  stack.rotaries = {read_rotary(config, {.head_size = stack.head_size})};
  model.num_positions = rotary_positions(config, stack.rotaries.front());
  // Only a key that is null means no window; the reference's default is one.
  const std::int64_t otherwise = config.json().contains("sliding_window") ? 0 : 4096;
  const std::int64_t window = config.integer_or("sliding_window", 1, 1 << 26, otherwise);
  for (auto& layer : stack.layers)
    if (window > 0) layer.reach = window - 1;
  return model;
}

const FamilyRegistration kMistral{{.model_type = "mistral",
                                   .kind = ModelKind::causal_lm,
                                   .base = "model",
                                   .architectures = kArchitectures,
                                   .keys = {kKeys, kLlamaKeys},
                                   .describe = describe,
                                   .parameters = {kLlamaRows, kLlamaNorms}}};

}  // namespace
}  // namespace prospect
