// GPT-NeoX: Black et al., "GPT-NeoX-20B: An Open-Source Autoregressive Language Model" (2022);
// Pythia is this.
//
// Rotary positions on a part of each head, attention and feed-forward net side by side or one after
// the other, query, key and value of each head together in one matrix.

#include "scoring/families/detail/layouts.h"
#include "scoring/families/detail/rope.h"
#include "scoring/family.h"
#include "scoring/layers/activation.h"

namespace prospect {
namespace {

constexpr std::string_view kArchitectures[] = {"GPTNeoXForCausalLM"};

constexpr ConfigRow kKeys[] = {
    {"vocab_size", ConfigUse::reads},
    {"hidden_size", ConfigUse::reads},
    {"num_hidden_layers", ConfigUse::reads},
    {"num_attention_heads", ConfigUse::reads},
    {"intermediate_size", ConfigUse::reads},
    {"hidden_act", ConfigUse::reads},
    {"max_position_embeddings", ConfigUse::reads},
    {"original_max_position_embeddings", ConfigUse::reads},
    {"layer_norm_eps", ConfigUse::reads},
    {"use_parallel_residual", ConfigUse::reads},
    {"attention_bias", ConfigUse::reads},
    {"rotary_pct", ConfigUse::reads},
    {"rotary_emb_base", ConfigUse::reads},
    {"partial_rotary_factor", ConfigUse::reads},
    {"rope_theta", ConfigUse::reads},
    {"rope_scaling", ConfigUse::reads},
    {"rope_parameters", ConfigUse::reads},
    {"is_decoder"},
    {"attention_dropout"},
    {"hidden_dropout"},
    {"classifier_dropout"},
};

Description describe(const ModelConfig& config) {
  Description model{.vocab_size = config.integer("vocab_size", 1, 1 << 24)};
  model.stack = read_stack(config);
  StackDescription& stack = model.stack;
  stack.reading = Reading::causal;
  stack.activation = read_activation(config, "hidden_act", "gelu");
  stack.placement = config.boolean_or("use_parallel_residual", true) ? NormPlacement::parallel
                                                                     : NormPlacement::pre;
  stack.norm_epsilon = config.number_or("layer_norm_eps", 0, 1, 1e-5);
  stack.final_norm = true;
  stack.rotaries = {
      read_rotary(config, {.head_size = stack.head_size,
                           .base = config.number_or("rotary_emb_base", 1, 1e12, 10000),
                           .partial = config.number_or("rotary_pct", 0, 1, 0.25),
                           .takes_partial = true})};
  model.num_positions = rotary_positions(config, stack.rotaries.front());
  for (auto& layer : stack.layers) layer.rotary = 0;
  model.embedding.size = stack.hidden_size;
  model.head.rows = read_output_rows(config, false);
  if (config.boolean_or("attention_bias", true)) model.features = {"attention_bias"};
  return model;
}

// clang-format off
constexpr ParameterRow kRows[] = {
    // checkpoint                                           ours                            shape   at load
    {"{base}.embed_in.weight",                              "embed.token.weight",           "V D"},
    {"{base}.layers.{i}.input_layernorm.weight",            "stack.layer.{i}.norm1.scale",  "D"},
    {"{base}.layers.{i}.input_layernorm.bias",              "stack.layer.{i}.norm1.shift",  "D"},
    {"{base}.layers.{i}.attention.query_key_value.weight",  "stack.layer.{i}.joint.weight", "3D D", AtLoad::heads_apart},
    {"{base}.layers.{i}.attention.query_key_value.bias",    "stack.layer.{i}.joint.bias",   "3D",   AtLoad::heads_apart, Need::always, "attention_bias"},
    {"{base}.layers.{i}.attention.dense.weight",            "stack.layer.{i}.mix.weight",   "D D"},
    {"{base}.layers.{i}.attention.dense.bias",              "stack.layer.{i}.mix.bias",     "D",    AtLoad::keep, Need::always, "attention_bias"},
    {"{base}.layers.{i}.post_attention_layernorm.weight",   "stack.layer.{i}.norm2.scale",  "D"},
    {"{base}.layers.{i}.post_attention_layernorm.bias",     "stack.layer.{i}.norm2.shift",  "D"},
    {"{base}.layers.{i}.mlp.dense_h_to_4h.weight",          "stack.layer.{i}.inner.weight", "F D"},
    {"{base}.layers.{i}.mlp.dense_h_to_4h.bias",            "stack.layer.{i}.inner.bias",   "F"},
    {"{base}.layers.{i}.mlp.dense_4h_to_h.weight",          "stack.layer.{i}.outer.weight", "D F"},
    {"{base}.layers.{i}.mlp.dense_4h_to_h.bias",            "stack.layer.{i}.outer.bias",   "D"},
    {"{base}.final_layer_norm.weight",                      "stack.norm.scale",             "D"},
    {"{base}.final_layer_norm.bias",                        "stack.norm.shift",             "D"},
    {"embed_out.weight",                                    "head.output.weight",           "V D",  AtLoad::keep, Need::unless_tied},
};
// clang-format on

const FamilyRegistration kGptNeox{{.model_type = "gpt_neox",
                                   .kind = ModelKind::causal_lm,
                                   .base = "gpt_neox",
                                   .architectures = kArchitectures,
                                   .keys = {kKeys},
                                   .describe = describe,
                                   .parameters = {kRows}}};

}  // namespace
}  // namespace prospect
