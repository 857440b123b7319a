// OPT: Zhang et al., "OPT: Open Pre-trained Transformer Language Models" (2022).
//
// Learned positions that begin at row 2, pre-norm or (350M) post-norm, token rows that may have
// another size than the layers and are projected in and out.

#include "scoring/families/detail/layouts.h"
#include "scoring/family.h"
#include "scoring/layers/activation.h"

namespace prospect {
namespace {

constexpr std::string_view kArchitectures[] = {"OPTForCausalLM"};

constexpr ConfigRow kKeys[] = {
    {"vocab_size", ConfigUse::reads},
    {"hidden_size", ConfigUse::reads},
    {"num_hidden_layers", ConfigUse::reads},
    {"ffn_dim", ConfigUse::reads},
    {"num_attention_heads", ConfigUse::reads},
    {"max_position_embeddings", ConfigUse::reads},
    {"activation_function", ConfigUse::reads},
    {"do_layer_norm_before", ConfigUse::reads},
    {"_remove_final_layer_norm", ConfigUse::reads},
    {"word_embed_proj_dim", ConfigUse::reads},
    {"enable_bias", ConfigUse::reads},
    {"layer_norm_elementwise_affine", ConfigUse::reads},
    {"is_decoder"},
    {"activation_dropout"},
    {"attention_dropout"},
    {"dropout"},
    {"layerdrop"},
    {"init_std"},
};

Description describe(const ModelConfig& config) {
  Description model{.vocab_size = config.integer("vocab_size", 1, 1 << 24),
                    .num_positions = config.integer("max_position_embeddings", 1, 1 << 20)};
  model.stack = read_stack(config, {.inner = "ffn_dim"});
  StackDescription& stack = model.stack;
  stack.reading = Reading::causal;
  stack.activation = read_activation(config, "activation_function", "relu");
  const bool pre = config.boolean_or("do_layer_norm_before", true);
  stack.placement = pre ? NormPlacement::pre : NormPlacement::post;
  stack.norm_epsilon = 1e-5;
  stack.final_norm = pre && !config.boolean_or("_remove_final_layer_norm", false);
  EmbeddingDescription& embedding = model.embedding;
  embedding.size = config.integer_or("word_embed_proj_dim", 1, 1 << 16, stack.hidden_size);
  embedding.positions = EmbeddingDescription::Positions::learned;
  embedding.position_offset = 2;
  if (embedding.size != stack.hidden_size) {
    embedding.projection = EmbeddingDescription::Projection::of_tokens;
    model.features.insert("projection");
  }
  if (config.boolean_or("layer_norm_elementwise_affine", true)) {
    model.features.insert("norm_rows");
    if (stack.final_norm) model.features.insert("final_norm");
  }
  if (config.boolean_or("enable_bias", true)) model.features.insert("bias");
  model.head.rows = read_output_rows(config, true);
  return model;
}

// clang-format off
constexpr ParameterRow kRows[] = {
    // checkpoint                                               ours                            shape
    {"{base}.decoder.embed_tokens.weight",                      "embed.token.weight",           "V E"},
    {"{base}.decoder.embed_positions.weight",                   "embed.position.weight",        "P D"},
    {"{base}.decoder.project_in.weight",                        "embed.projection.weight",      "D E", AtLoad::keep, Need::always, "projection"},
    {"{base}.decoder.project_out.weight",                       "head.projection.weight",       "E D", AtLoad::keep, Need::always, "projection"},
    {"{base}.decoder.layers.{i}.self_attn.q_proj.weight",       "stack.layer.{i}.query.weight", "D D"},
    {"{base}.decoder.layers.{i}.self_attn.q_proj.bias",         "stack.layer.{i}.query.bias",   "D",   AtLoad::keep, Need::always, "bias"},
    {"{base}.decoder.layers.{i}.self_attn.k_proj.weight",       "stack.layer.{i}.key.weight",   "D D"},
    {"{base}.decoder.layers.{i}.self_attn.k_proj.bias",         "stack.layer.{i}.key.bias",     "D",   AtLoad::keep, Need::always, "bias"},
    {"{base}.decoder.layers.{i}.self_attn.v_proj.weight",       "stack.layer.{i}.value.weight", "D D"},
    {"{base}.decoder.layers.{i}.self_attn.v_proj.bias",         "stack.layer.{i}.value.bias",   "D",   AtLoad::keep, Need::always, "bias"},
    {"{base}.decoder.layers.{i}.self_attn.out_proj.weight",     "stack.layer.{i}.mix.weight",   "D D"},
    {"{base}.decoder.layers.{i}.self_attn.out_proj.bias",       "stack.layer.{i}.mix.bias",     "D",   AtLoad::keep, Need::always, "bias"},
    {"{base}.decoder.layers.{i}.self_attn_layer_norm.weight",   "stack.layer.{i}.norm1.scale",  "D",   AtLoad::keep, Need::always, "norm_rows"},
    {"{base}.decoder.layers.{i}.self_attn_layer_norm.bias",     "stack.layer.{i}.norm1.shift",  "D",   AtLoad::keep, Need::always, "norm_rows"},
    {"{base}.decoder.layers.{i}.fc1.weight",                    "stack.layer.{i}.inner.weight", "F D"},
    {"{base}.decoder.layers.{i}.fc1.bias",                      "stack.layer.{i}.inner.bias",   "F",   AtLoad::keep, Need::always, "bias"},
    {"{base}.decoder.layers.{i}.fc2.weight",                    "stack.layer.{i}.outer.weight", "D F"},
    {"{base}.decoder.layers.{i}.fc2.bias",                      "stack.layer.{i}.outer.bias",   "D",   AtLoad::keep, Need::always, "bias"},
    {"{base}.decoder.layers.{i}.final_layer_norm.weight",       "stack.layer.{i}.norm2.scale",  "D",   AtLoad::keep, Need::always, "norm_rows"},
    {"{base}.decoder.layers.{i}.final_layer_norm.bias",         "stack.layer.{i}.norm2.shift",  "D",   AtLoad::keep, Need::always, "norm_rows"},
    {"{base}.decoder.final_layer_norm.weight",                  "stack.norm.scale",             "D",   AtLoad::keep, Need::always, "final_norm"},
    {"{base}.decoder.final_layer_norm.bias",                    "stack.norm.shift",             "D",   AtLoad::keep, Need::always, "final_norm"},
    {"lm_head.weight",                                          "head.output.weight",           "V E", AtLoad::keep, Need::unless_tied},
};
// clang-format on

// The first published files call the last norm `layer_norm`.
constexpr Rename kRenames[] = {
    {Rename::End::front, "decoder.layer_norm.", "decoder.final_layer_norm."},
    {Rename::End::front, "model.decoder.layer_norm.", "model.decoder.final_layer_norm."},
};

const FamilyRegistration kOpt{{.model_type = "opt",
                               .kind = ModelKind::causal_lm,
                               .base = "model",
                               .architectures = kArchitectures,
                               .keys = {kKeys},
                               .describe = describe,
                               .parameters = {kRows},
                               .renames = kRenames}};

}  // namespace
}  // namespace prospect
