// Qwen2: Yang et al., "Qwen2 Technical Report" (2024); Qwen3: "Qwen3 Technical Report" (2025).
//
// As Llama; Qwen2 has biases on query, key and value, Qwen3 normalises each head's query and key.
// Layers from `max_window_layers` on may have a sliding window.

#include "core/error.h"
#include "scoring/families/detail/layouts.h"
#include "scoring/families/detail/rope.h"
#include "scoring/family.h"

namespace prospect {
namespace {

constexpr std::string_view kQwen2[] = {"Qwen2ForCausalLM"}, kQwen3[] = {"Qwen3ForCausalLM"};

constexpr ConfigRow kKeys[] = {
    {"use_sliding_window", ConfigUse::reads}, {"sliding_window", ConfigUse::reads},
    {"max_window_layers", ConfigUse::reads},  {"layer_types", ConfigUse::reads},
    {"use_mrope", ConfigUse::only, "false"},
};

void describe_positions(const ModelConfig& config, Description& model) {
  StackDescription& stack = model.stack;
  stack.rotaries = {read_rotary(config, {.head_size = stack.head_size})};
  model.num_positions = rotary_positions(config, stack.rotaries.front());
  const bool windows = config.boolean_or("use_sliding_window", false);
  const std::int64_t window =
      windows ? config.integer_or("sliding_window", 1, 1 << 26,
                                  config.json().contains("sliding_window") ? 0 : 4096)
              : 0;
  const std::int64_t first = config.integer_or("max_window_layers", 0, 1 << 20, 28);
  std::vector<bool> otherwise;
  for (std::int64_t i = 0; i < stack.num_layers(); ++i)
    otherwise.push_back(window > 0 && i >= first);
  const auto sliding = read_sliding_layers(config, stack.num_layers(), otherwise);
  for (std::size_t i = 0; i < sliding.size(); ++i) {
    if (!sliding[i]) continue;
    if (window == 0)
      fail(ErrorKind::model, config.where() + "#/layer_types",
           "a layer has sliding attention, but there is no window");
    stack.layers[i].reach = window - 1;
  }
}

Description describe_qwen2(const ModelConfig& config) {
  Description model = describe_llama(config, {});
  model.features = {"input_bias"};
  describe_positions(config, model);
  return model;
}

Description describe_qwen3(const ModelConfig& config) {
  Description model = describe_llama(config, {.head_size = 128});
  model.features.insert("head_norms");
  describe_positions(config, model);
  return model;
}

const FamilyRegistration kFirst{{.model_type = "qwen2",
                                 .kind = ModelKind::causal_lm,
                                 .base = "model",
                                 .architectures = kQwen2,
                                 .keys = {kKeys, kLlamaKeys},
                                 .describe = describe_qwen2,
                                 .parameters = {kLlamaRows, kLlamaNorms}}};
const FamilyRegistration kSecond{{.model_type = "qwen3",
                                  .kind = ModelKind::causal_lm,
                                  .base = "model",
                                  .architectures = kQwen3,
                                  .keys = {kKeys, kLlamaKeys},
                                  .describe = describe_qwen3,
                                  .parameters = {kLlamaRows, kLlamaNorms}}};

}  // namespace
}  // namespace prospect
