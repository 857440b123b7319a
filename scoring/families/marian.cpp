// Marian: Junczys-Dowmunt et al., "Marian: Fast Neural Machine Translation in C++" (2018), as the
// OPUS-MT translators are published.
//
// Sinusoidal positions, post-norm, one vocabulary of both languages or one for each, a bias on the
// logits.

#include <cmath>

#include "scoring/families/detail/layouts.h"
#include "scoring/family.h"
#include "scoring/layers/activation.h"

namespace prospect {
namespace {

constexpr std::string_view kArchitectures[] = {"MarianMTModel"};

constexpr ConfigRow kKeys[] = {
    {"is_encoder_decoder", ConfigUse::only, "true"},
    {"vocab_size", ConfigUse::reads},
    {"decoder_vocab_size", ConfigUse::reads},
    {"d_model", ConfigUse::reads},
    {"encoder_layers", ConfigUse::reads},
    {"encoder_attention_heads", ConfigUse::reads},
    {"encoder_ffn_dim", ConfigUse::reads},
    {"decoder_layers", ConfigUse::reads},
    {"decoder_attention_heads", ConfigUse::reads},
    {"decoder_ffn_dim", ConfigUse::reads},
    {"activation_function", ConfigUse::reads},
    {"max_position_embeddings", ConfigUse::reads},
    {"scale_embedding", ConfigUse::reads},
    {"share_encoder_decoder_embeddings", ConfigUse::reads},
    {"decoder_start_token_id", ConfigUse::reads},
    {"static_position_embeddings", ConfigUse::only, "true"},
    {"normalize_before", ConfigUse::only, "false"},
    {"normalize_embedding", ConfigUse::only, "false"},
    {"add_final_layer_norm", ConfigUse::only, "false"},
    {"is_decoder", ConfigUse::only, "false"},
    {"extra_pos_embeddings"},
    {"add_bias_logits"},
    {"num_hidden_layers"},
    {"activation_dropout"},
    {"attention_dropout"},
    {"classif_dropout"},
    {"classifier_dropout"},
    {"dropout"},
    {"encoder_layerdrop"},
    {"decoder_layerdrop"},
    {"init_std"},
};

StackDescription describe_stack(const ModelConfig& config, const std::string& side) {
  StackDescription stack = read_stack(config, {.hidden = "d_model",
                                               .inner = side + "_ffn_dim",
                                               .heads = side + "_attention_heads",
                                               .layers = side + "_layers"});
  stack.activation = read_activation(config, "activation_function", "gelu");
  stack.norm_epsilon = 1e-5;
  return stack;
}

Description describe(const ModelConfig& config) {
  Description model{.vocab_size = config.integer("vocab_size", 1, 1 << 24),
                    .num_positions = config.integer("max_position_embeddings", 1, 1 << 20)};
  model.stack = describe_stack(config, "encoder");
  model.decoder = describe_stack(config, "decoder");
  model.decoder->reading = Reading::causal;
  model.decoder->cross_attention = true;
  model.embedding.size = model.stack.hidden_size;
  model.embedding.positions = EmbeddingDescription::Positions::sinusoidal;
  if (config.boolean_or("scale_embedding", false))
    model.embedding.scale = std::sqrt(static_cast<double>(model.stack.hidden_size));
  const bool shared = config.boolean_or("share_encoder_decoder_embeddings", true);
  if (!shared)
    model.target_vocab_size = config.integer_or("decoder_vocab_size", 1, 1 << 24, model.vocab_size);
  model.features.insert(shared ? "shared" : "apart");
  model.head.rows = read_output_rows(config, true);
  model.start_id = config.integer("decoder_start_token_id", 0, model.output_size() - 1);
  return model;
}

// clang-format off
constexpr ParameterRow kRows[] = {
    {"{base}.shared.weight",               "embed.token.weight",         "V D", AtLoad::keep, Need::always, "shared"},
    {"{base}.encoder.embed_tokens.weight", "embed.token.weight",         "V D", AtLoad::keep, Need::always, "apart"},
    {"{base}.decoder.embed_tokens.weight", "decoder.embed.token.weight", "O D", AtLoad::keep, Need::always, "apart"},
    {"final_logits_bias",                  "head.output.bias",           "1 O"},
    {"lm_head.weight",                     "head.output.weight",         "O D", AtLoad::keep, Need::unless_tied},
    {"{base}.encoder.layers.{i}.self_attn.q_proj.weight",        "stack.layer.{i}.query.weight",         "Q D"},
    {"{base}.encoder.layers.{i}.self_attn.q_proj.bias",          "stack.layer.{i}.query.bias",           "Q"},
    {"{base}.encoder.layers.{i}.self_attn.k_proj.weight",        "stack.layer.{i}.key.weight",           "K D"},
    {"{base}.encoder.layers.{i}.self_attn.k_proj.bias",          "stack.layer.{i}.key.bias",             "K"},
    {"{base}.encoder.layers.{i}.self_attn.v_proj.weight",        "stack.layer.{i}.value.weight",         "K D"},
    {"{base}.encoder.layers.{i}.self_attn.v_proj.bias",          "stack.layer.{i}.value.bias",           "K"},
    {"{base}.encoder.layers.{i}.self_attn.out_proj.weight",      "stack.layer.{i}.mix.weight",           "D Q"},
    {"{base}.encoder.layers.{i}.self_attn.out_proj.bias",        "stack.layer.{i}.mix.bias",             "D"},
    {"{base}.encoder.layers.{i}.self_attn_layer_norm.weight",    "stack.layer.{i}.norm1.scale",          "D"},
    {"{base}.encoder.layers.{i}.self_attn_layer_norm.bias",      "stack.layer.{i}.norm1.shift",          "D"},
    {"{base}.encoder.layers.{i}.fc1.weight",                     "stack.layer.{i}.inner.weight",         "F D"},
    {"{base}.encoder.layers.{i}.fc1.bias",                       "stack.layer.{i}.inner.bias",           "F"},
    {"{base}.encoder.layers.{i}.fc2.weight",                     "stack.layer.{i}.outer.weight",         "D F"},
    {"{base}.encoder.layers.{i}.fc2.bias",                       "stack.layer.{i}.outer.bias",           "D"},
    {"{base}.encoder.layers.{i}.final_layer_norm.weight",        "stack.layer.{i}.norm2.scale",          "D"},
    {"{base}.encoder.layers.{i}.final_layer_norm.bias",          "stack.layer.{i}.norm2.shift",          "D"},
    {"{base}.decoder.layers.{i}.self_attn.q_proj.weight",        "decoder.layer.{i}.query.weight",       "Q D"},
    {"{base}.decoder.layers.{i}.self_attn.q_proj.bias",          "decoder.layer.{i}.query.bias",         "Q"},
    {"{base}.decoder.layers.{i}.self_attn.k_proj.weight",        "decoder.layer.{i}.key.weight",         "K D"},
    {"{base}.decoder.layers.{i}.self_attn.k_proj.bias",          "decoder.layer.{i}.key.bias",           "K"},
    {"{base}.decoder.layers.{i}.self_attn.v_proj.weight",        "decoder.layer.{i}.value.weight",       "K D"},
    {"{base}.decoder.layers.{i}.self_attn.v_proj.bias",          "decoder.layer.{i}.value.bias",         "K"},
    {"{base}.decoder.layers.{i}.self_attn.out_proj.weight",      "decoder.layer.{i}.mix.weight",         "D Q"},
    {"{base}.decoder.layers.{i}.self_attn.out_proj.bias",        "decoder.layer.{i}.mix.bias",           "D"},
    {"{base}.decoder.layers.{i}.self_attn_layer_norm.weight",    "decoder.layer.{i}.norm1.scale",        "D"},
    {"{base}.decoder.layers.{i}.self_attn_layer_norm.bias",      "decoder.layer.{i}.norm1.shift",        "D"},
    {"{base}.decoder.layers.{i}.encoder_attn.q_proj.weight",     "decoder.layer.{i}.cross.query.weight", "Q D"},
    {"{base}.decoder.layers.{i}.encoder_attn.q_proj.bias",       "decoder.layer.{i}.cross.query.bias",   "Q"},
    {"{base}.decoder.layers.{i}.encoder_attn.k_proj.weight",     "decoder.layer.{i}.cross.key.weight",   "K D"},
    {"{base}.decoder.layers.{i}.encoder_attn.k_proj.bias",       "decoder.layer.{i}.cross.key.bias",     "K"},
    {"{base}.decoder.layers.{i}.encoder_attn.v_proj.weight",     "decoder.layer.{i}.cross.value.weight", "K D"},
    {"{base}.decoder.layers.{i}.encoder_attn.v_proj.bias",       "decoder.layer.{i}.cross.value.bias",   "K"},
    {"{base}.decoder.layers.{i}.encoder_attn.out_proj.weight",   "decoder.layer.{i}.cross.mix.weight",   "D Q"},
    {"{base}.decoder.layers.{i}.encoder_attn.out_proj.bias",     "decoder.layer.{i}.cross.mix.bias",     "D"},
    {"{base}.decoder.layers.{i}.encoder_attn_layer_norm.weight", "decoder.layer.{i}.norm_cross.scale",   "D"},
    {"{base}.decoder.layers.{i}.encoder_attn_layer_norm.bias",   "decoder.layer.{i}.norm_cross.shift",   "D"},
    {"{base}.decoder.layers.{i}.fc1.weight",                     "decoder.layer.{i}.inner.weight",       "F D"},
    {"{base}.decoder.layers.{i}.fc1.bias",                       "decoder.layer.{i}.inner.bias",         "F"},
    {"{base}.decoder.layers.{i}.fc2.weight",                     "decoder.layer.{i}.outer.weight",       "D F"},
    {"{base}.decoder.layers.{i}.fc2.bias",                       "decoder.layer.{i}.outer.bias",         "D"},
    {"{base}.decoder.layers.{i}.final_layer_norm.weight",        "decoder.layer.{i}.norm2.scale",        "D"},
    {"{base}.decoder.layers.{i}.final_layer_norm.bias",          "decoder.layer.{i}.norm2.shift",        "D"},
};
// clang-format on

const FamilyRegistration kMarian{{.model_type = "marian",
                                  .kind = ModelKind::seq2seq_lm,
                                  .base = "model",
                                  .architectures = kArchitectures,
                                  .keys = {kKeys},
                                  .describe = describe,
                                  .parameters = {kRows}}};

}  // namespace
}  // namespace prospect
