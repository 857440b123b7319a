// ModernBERT: Warner et al., "Smarter, Better, Faster, Longer: A Modern Bidirectional Encoder"
// (2024).
//
// Pre-norm layers with rotary positions, most of which see a window of neighbours alone, gated
// feed-forward nets, and a BERT-like head. The first layer gets normalised embeddings and has no
// norm of its own before its attention.

#include "scoring/families/detail/layouts.h"
#include "scoring/families/detail/rope.h"
#include "scoring/family.h"
#include "scoring/layers/activation.h"

namespace prospect {
namespace {

constexpr std::string_view kArchitectures[] = {"ModernBertForMaskedLM"};

constexpr ConfigRow kKeys[] = {
    {"vocab_size", ConfigUse::reads},
    {"hidden_size", ConfigUse::reads},
    {"intermediate_size", ConfigUse::reads},
    {"num_hidden_layers", ConfigUse::reads},
    {"num_attention_heads", ConfigUse::reads},
    {"hidden_activation", ConfigUse::reads},
    {"max_position_embeddings", ConfigUse::reads},
    {"norm_eps", ConfigUse::reads},
    {"norm_bias", ConfigUse::reads},
    {"attention_bias", ConfigUse::reads},
    {"mlp_bias", ConfigUse::reads},
    {"classifier_bias", ConfigUse::reads},
    {"classifier_activation", ConfigUse::reads},
    {"decoder_bias", ConfigUse::reads},
    {"local_attention", ConfigUse::reads},
    {"global_attn_every_n_layers", ConfigUse::reads},
    {"layer_types", ConfigUse::reads},
    {"rope_parameters", ConfigUse::reads},
    {"rope_scaling", ConfigUse::reads},
    {"global_rope_theta", ConfigUse::reads},
    {"local_rope_theta", ConfigUse::reads},
    {"position_embedding_type", ConfigUse::only, "\"absolute\""},
    {"causal_mask", ConfigUse::only, "false"},
    {"allow_embedding_resize"},
    {"attention_dropout"},
    {"classifier_dropout"},
    {"classifier_pooling"},
    {"deterministic_flash_attn"},
    {"embedding_dropout"},
    {"initializer_cutoff_factor"},
    {"layer_norm_eps"},
    {"mlp_dropout"},
    {"reference_compile"},
    {"repad_logits_with_grad"},
    {"sparse_pred_ignore_index"},
    {"sparse_prediction"},
};

Description describe(const ModelConfig& config) {
  Description model{.vocab_size = config.integer("vocab_size", 1, 1 << 24),
                    .num_positions = config.integer("max_position_embeddings", 1, 1 << 20)};
  model.stack = read_stack(config);
  StackDescription& stack = model.stack;
  stack.activation = read_activation(config, "hidden_activation", "gelu");
  stack.gated = true;
  stack.placement = NormPlacement::pre;
  stack.norm_epsilon = config.number_or("norm_eps", 0, 1, 1e-5);
  stack.final_norm = true;

  const double global_base = config.number_or("global_rope_theta", 1, 1e12, 160000);
  const double local_base = config.number_or(
      "local_rope_theta", 1, 1e12,
      config.has("global_rope_theta") && config.json().contains("local_rope_theta") ? global_base
                                                                                    : 10000);
  stack.rotaries = {read_rotary(config, {.head_size = stack.head_size,
                                         .base = global_base,
                                         .layer_type = "full_attention"}),
                    read_rotary(config, {.head_size = stack.head_size,
                                         .base = local_base,
                                         .layer_type = "sliding_attention"})};
  const std::int64_t num_layers = stack.num_layers();
  const std::int64_t every = config.integer_or("global_attn_every_n_layers", 1, 1024, 3);
  const std::int64_t reach = config.integer_or("local_attention", 0, 1 << 20, 128) / 2;
  std::vector<bool> sliding;
  for (std::int64_t i = 0; i < num_layers; ++i) sliding.push_back(i % every != 0);
  const auto local = read_sliding_layers(config, num_layers, sliding);
  for (std::size_t i = 0; i < local.size(); ++i) {
    stack.layers[i].rotary = local[i] ? 1 : 0;
    if (local[i]) stack.layers[i].reach = reach;
  }
  stack.layers.front().attention_norm = false;

  model.embedding.size = stack.hidden_size;
  model.embedding.norm = true;
  model.head = {.transform = true,
                .activation = read_activation(config, "classifier_activation", "gelu"),
                .rows = read_output_rows(config, true)};
  const std::pair<const char*, bool> biases[] = {{"norm_bias", false},
                                                 {"attention_bias", false},
                                                 {"mlp_bias", false},
                                                 {"classifier_bias", false},
                                                 {"decoder_bias", true}};
  for (const auto& [key, otherwise] : biases)
    if (config.boolean_or(key, otherwise)) model.features.insert(key);
  return model;
}

// clang-format off
constexpr ParameterRow kRows[] = {
    // checkpoint                                ours                                 shape
    {"{base}.embeddings.tok_embeddings.weight",  "embed.token.weight",                "V D"},
    {"{base}.embeddings.norm.weight",            "embed.norm.scale",                  "D"},
    {"{base}.embeddings.norm.bias",              "embed.norm.shift",                  "D",   AtLoad::keep, Need::always, "norm_bias"},
    {"{base}.layers.{i}.attn_norm.weight",       "stack.layer.{i}.norm1.scale",       "D",   AtLoad::keep, Need::always, "", 1},
    {"{base}.layers.{i}.attn_norm.bias",         "stack.layer.{i}.norm1.shift",       "D",   AtLoad::keep, Need::always, "norm_bias", 1},
    {"{base}.layers.{i}.attn.Wqkv.weight",       "stack.layer.{i}.joint.weight",      "3D D"},
    {"{base}.layers.{i}.attn.Wqkv.bias",         "stack.layer.{i}.joint.bias",        "3D",  AtLoad::keep, Need::always, "attention_bias"},
    {"{base}.layers.{i}.attn.Wo.weight",         "stack.layer.{i}.mix.weight",        "D D"},
    {"{base}.layers.{i}.attn.Wo.bias",           "stack.layer.{i}.mix.bias",          "D",   AtLoad::keep, Need::always, "attention_bias"},
    {"{base}.layers.{i}.mlp_norm.weight",        "stack.layer.{i}.norm2.scale",       "D"},
    {"{base}.layers.{i}.mlp_norm.bias",          "stack.layer.{i}.norm2.shift",       "D",   AtLoad::keep, Need::always, "norm_bias"},
    {"{base}.layers.{i}.mlp.Wi.weight",          "stack.layer.{i}.gate_inner.weight", "2F D"},
    {"{base}.layers.{i}.mlp.Wi.bias",            "stack.layer.{i}.gate_inner.bias",   "2F",  AtLoad::keep, Need::always, "mlp_bias"},
    {"{base}.layers.{i}.mlp.Wo.weight",          "stack.layer.{i}.outer.weight",      "D F"},
    {"{base}.layers.{i}.mlp.Wo.bias",            "stack.layer.{i}.outer.bias",        "D",   AtLoad::keep, Need::always, "mlp_bias"},
    {"{base}.final_norm.weight",                 "stack.norm.scale",                  "D"},
    {"{base}.final_norm.bias",                   "stack.norm.shift",                  "D",   AtLoad::keep, Need::always, "norm_bias"},
    {"head.dense.weight",                        "head.transform.weight",             "D D"},
    {"head.dense.bias",                          "head.transform.bias",               "D",   AtLoad::keep, Need::always, "classifier_bias"},
    {"head.norm.weight",                         "head.norm.scale",                   "D"},
    {"head.norm.bias",                           "head.norm.shift",                   "D",   AtLoad::keep, Need::always, "norm_bias"},
    {"decoder.weight",                           "head.output.weight",                "V D", AtLoad::keep, Need::unless_tied},
    {"decoder.bias",                             "head.output.bias",                  "V",   AtLoad::keep, Need::always, "decoder_bias"},
};
// clang-format on

const FamilyRegistration kModernBert{{.model_type = "modernbert",
                                      .kind = ModelKind::masked_lm,
                                      .base = "model",
                                      .architectures = kArchitectures,
                                      .keys = {kKeys},
                                      .describe = describe,
                                      .parameters = {kRows}}};

}  // namespace
}  // namespace prospect
