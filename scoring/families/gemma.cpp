// Gemma 2: Gemma Team, "Gemma 2: Improving Open Language Models at a Practical Size" (2024); Gemma
// 3, its text models: "Gemma 3 Technical Report" (2025).
//
// As Llama, but what attention and feed-forward net give is normalised too, norms multiply by one
// more than they store, embeddings are scaled, local and global layers alternate. Gemma 2 caps
// scores and logits; Gemma 3 normalises queries and keys and turns local layers by another base.

#include <cmath>

#include "scoring/families/detail/layouts.h"
#include "scoring/families/detail/rope.h"
#include "scoring/family.h"

namespace prospect {
namespace {

constexpr std::string_view kGemma2[] = {"Gemma2ForCausalLM"}, kGemma3[] = {"Gemma3ForCausalLM"};

constexpr ConfigRow kKeys[] = {
    {"hidden_activation", ConfigUse::reads},
    {"query_pre_attn_scalar", ConfigUse::reads},
    {"sliding_window", ConfigUse::reads},
    {"layer_types", ConfigUse::reads},
    {"final_logit_softcapping", ConfigUse::reads},
    {"attn_logit_softcapping", ConfigUse::reads},
    {"rope_local_base_freq", ConfigUse::reads},
    {"sliding_window_pattern", ConfigUse::reads},
    {"_sliding_window_pattern"},  // newer files, which have layer_types
    {"use_bidirectional_attention", ConfigUse::only, "false"},
    {"hidden_act"},  // not what is read
    {"cache_implementation"},
    {"sliding_window_size"},
};

double cap_or(const ModelConfig& config, std::string_view key, double otherwise) {
  const bool given = config.json().contains(std::string(key));  // null: no cap
  return config.number_or(key, 0, 1e9, given ? 0 : otherwise);
}

Description describe(const ModelConfig& config, std::int64_t pattern) {
  Description model = describe_llama(config, {.num_kv_heads = 4,
                                              .head_size = 256,
                                              .tied = true,
                                              .activation_key = "hidden_activation",
                                              .activation = "gelu_pytorch_tanh"});
  StackDescription& stack = model.stack;
  stack.placement = NormPlacement::sandwich;
  model.embedding.scale =  // a single-precision number in the reference
      static_cast<double>(static_cast<float>(std::sqrt(static_cast<double>(stack.hidden_size))));
  const double scalar = config.number_or("query_pre_attn_scalar", 1e-6, 1e9, 256);
  const std::int64_t window = config.integer_or("sliding_window", 1, 1 << 26, 4096);
  std::vector<bool> otherwise;
  for (std::int64_t i = 0; i < stack.num_layers(); ++i) otherwise.push_back((i + 1) % pattern != 0);
  const auto sliding = read_sliding_layers(config, stack.num_layers(), otherwise);
  for (std::size_t i = 0; i < sliding.size(); ++i) {
    stack.layers[i].score_scale = 1 / std::sqrt(scalar);
    if (sliding[i]) stack.layers[i].reach = window - 1;
  }
  return model;
}

Description describe_gemma2(const ModelConfig& config) {
  Description model = describe(config, 2);
  model.stack.score_cap = cap_or(config, "attn_logit_softcapping", 50);
  model.head.cap = cap_or(config, "final_logit_softcapping", 30);
  model.stack.rotaries = {read_rotary(config, {.head_size = model.stack.head_size})};
  return model;
}

Description describe_gemma3(const ModelConfig& config) {
  Description model = describe(config, config.integer_or("sliding_window_pattern", 1, 1 << 10, 6));
  StackDescription& stack = model.stack;
  model.head.cap = cap_or(config, "final_logit_softcapping", 0);
  stack.rotaries = {
      read_rotary(config,
                  {.head_size = stack.head_size, .base = 1e6, .layer_type = "full_attention"}),
      read_rotary(config, {.head_size = stack.head_size,
                           .base = 10000,
                           .base_key = "rope_local_base_freq",
                           .layer_type = "sliding_attention",
                           .scaled = false})};
  for (auto& layer : stack.layers) layer.rotary = layer.reach ? 1 : 0;
  model.features.insert("head_norms");
  return model;
}

// clang-format off
constexpr ParameterRow kNorms[] = {
    // checkpoint                                           ours                                shape  at load
    {"{base}.layers.{i}.input_layernorm.weight",            "stack.layer.{i}.norm1.scale",      "D",   AtLoad::plus_one},
    {"{base}.layers.{i}.post_attention_layernorm.weight",   "stack.layer.{i}.norm1_out.scale",  "D",   AtLoad::plus_one},
    {"{base}.layers.{i}.pre_feedforward_layernorm.weight",  "stack.layer.{i}.norm2.scale",      "D",   AtLoad::plus_one},
    {"{base}.layers.{i}.post_feedforward_layernorm.weight", "stack.layer.{i}.norm2_out.scale",  "D",   AtLoad::plus_one},
    {"{base}.layers.{i}.self_attn.q_norm.weight",           "stack.layer.{i}.query_norm.scale", "H",   AtLoad::plus_one, Need::always, "head_norms"},
    {"{base}.layers.{i}.self_attn.k_norm.weight",           "stack.layer.{i}.key_norm.scale",   "H",   AtLoad::plus_one, Need::always, "head_norms"},
    {"{base}.norm.weight",                                  "stack.norm.scale",                 "D",   AtLoad::plus_one},
};
// clang-format on

const FamilyRegistration kFirst{{.model_type = "gemma2",
                                 .kind = ModelKind::causal_lm,
                                 .base = "model",
                                 .architectures = kGemma2,
                                 .keys = {kKeys, kLlamaKeys},
                                 .describe = describe_gemma2,
                                 .parameters = {kLlamaRows, kNorms}}};
const FamilyRegistration kSecond{{.model_type = "gemma3_text",
                                  .kind = ModelKind::causal_lm,
                                  .base = "model",
                                  .architectures = kGemma3,
                                  .keys = {kKeys, kLlamaKeys},
                                  .describe = describe_gemma3,
                                  .parameters = {kLlamaRows, kNorms}}};

}  // namespace
}  // namespace prospect
