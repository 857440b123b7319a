#pragma once

#include <vector>

#include "scoring/checkpoint/config.h"
#include "scoring/checkpoint/parameters.h"
#include "scoring/description.h"

// What several families write alike: parameter rows and readers of the same keys.

namespace prospect {

// clang-format off

/// Query, key and value of BERT's layers, and of those that kept its names.
inline constexpr ParameterRow kBertAttention[] = {
    {"{base}.encoder.layer.{i}.attention.self.query.weight",       "stack.layer.{i}.query.weight",  "D D"},
    {"{base}.encoder.layer.{i}.attention.self.query.bias",         "stack.layer.{i}.query.bias",    "D"},
    {"{base}.encoder.layer.{i}.attention.self.key.weight",         "stack.layer.{i}.key.weight",    "D D"},
    {"{base}.encoder.layer.{i}.attention.self.key.bias",           "stack.layer.{i}.key.bias",      "D"},
    {"{base}.encoder.layer.{i}.attention.self.value.weight",       "stack.layer.{i}.value.weight",  "D D"},
    {"{base}.encoder.layer.{i}.attention.self.value.bias",         "stack.layer.{i}.value.bias",    "D"},
};

/// The rest of BERT's layers.
inline constexpr ParameterRow kBertLayers[] = {
    {"{base}.encoder.layer.{i}.attention.output.dense.weight",     "stack.layer.{i}.mix.weight",    "D D"},
    {"{base}.encoder.layer.{i}.attention.output.dense.bias",       "stack.layer.{i}.mix.bias",      "D"},
    {"{base}.encoder.layer.{i}.attention.output.LayerNorm.weight", "stack.layer.{i}.norm1.scale",   "D"},
    {"{base}.encoder.layer.{i}.attention.output.LayerNorm.bias",   "stack.layer.{i}.norm1.shift",   "D"},
    {"{base}.encoder.layer.{i}.intermediate.dense.weight",         "stack.layer.{i}.inner.weight",  "F D"},
    {"{base}.encoder.layer.{i}.intermediate.dense.bias",           "stack.layer.{i}.inner.bias",    "F"},
    {"{base}.encoder.layer.{i}.output.dense.weight",               "stack.layer.{i}.outer.weight",  "D F"},
    {"{base}.encoder.layer.{i}.output.dense.bias",                 "stack.layer.{i}.outer.bias",    "D"},
    {"{base}.encoder.layer.{i}.output.LayerNorm.weight",           "stack.layer.{i}.norm2.scale",   "D"},
    {"{base}.encoder.layer.{i}.output.LayerNorm.bias",             "stack.layer.{i}.norm2.shift",   "D"},
};

/// Token, position and type embeddings of BERT and its kin.
inline constexpr ParameterRow kBertEmbeddings[] = {
    {"{base}.embeddings.word_embeddings.weight",       "embed.token.weight",    "V E"},
    {"{base}.embeddings.position_embeddings.weight",   "embed.position.weight", "P E"},
    {"{base}.embeddings.token_type_embeddings.weight", "embed.segment.weight",  "S E"},
    {"{base}.embeddings.LayerNorm.weight",             "embed.norm.scale",      "E"},
    {"{base}.embeddings.LayerNorm.bias",               "embed.norm.shift",      "E"},
};

/// The head of RoBERTa and XLM-R.
inline constexpr ParameterRow kRobertaHead[] = {
    {"lm_head.dense.weight",      "head.transform.weight", "D D"},
    {"lm_head.dense.bias",        "head.transform.bias",   "D"},
    {"lm_head.layer_norm.weight", "head.norm.scale",       "D"},
    {"lm_head.layer_norm.bias",   "head.norm.shift",       "D"},
    {"lm_head.bias",              "head.output.bias",      "V"},
    {"lm_head.decoder.weight",    "head.output.weight",    "V D", AtLoad::keep, Need::unless_tied},
    {"lm_head.decoder.bias",      "head.output.own.bias",  "V",   AtLoad::keep, Need::if_present},
};

/// Llama and those that kept its names.
inline constexpr ParameterRow kLlamaRows[] = {
    {"{base}.embed_tokens.weight",                "embed.token.weight",            "V D"},
    {"{base}.layers.{i}.self_attn.q_proj.weight", "stack.layer.{i}.query.weight",  "Q D"},
    {"{base}.layers.{i}.self_attn.q_proj.bias",   "stack.layer.{i}.query.bias",    "Q", AtLoad::keep, Need::always, "input_bias"},
    {"{base}.layers.{i}.self_attn.k_proj.weight", "stack.layer.{i}.key.weight",    "K D"},
    {"{base}.layers.{i}.self_attn.k_proj.bias",   "stack.layer.{i}.key.bias",      "K", AtLoad::keep, Need::always, "input_bias"},
    {"{base}.layers.{i}.self_attn.v_proj.weight", "stack.layer.{i}.value.weight",  "K D"},
    {"{base}.layers.{i}.self_attn.v_proj.bias",   "stack.layer.{i}.value.bias",    "K", AtLoad::keep, Need::always, "input_bias"},
    {"{base}.layers.{i}.self_attn.o_proj.weight", "stack.layer.{i}.mix.weight",    "D Q"},
    {"{base}.layers.{i}.self_attn.o_proj.bias",   "stack.layer.{i}.mix.bias",      "D", AtLoad::keep, Need::always, "mix_bias"},
    {"{base}.layers.{i}.mlp.gate_proj.weight",    "stack.layer.{i}.gate.weight",   "F D"},
    {"{base}.layers.{i}.mlp.gate_proj.bias",      "stack.layer.{i}.gate.bias",     "F", AtLoad::keep, Need::always, "inner_bias"},
    {"{base}.layers.{i}.mlp.up_proj.weight",      "stack.layer.{i}.inner.weight",  "F D"},
    {"{base}.layers.{i}.mlp.up_proj.bias",        "stack.layer.{i}.inner.bias",    "F", AtLoad::keep, Need::always, "inner_bias"},
    {"{base}.layers.{i}.mlp.down_proj.weight",    "stack.layer.{i}.outer.weight",  "D F"},
    {"{base}.layers.{i}.mlp.down_proj.bias",      "stack.layer.{i}.outer.bias",    "D", AtLoad::keep, Need::always, "inner_bias"},
    {"lm_head.weight",                            "head.output.weight",            "V D", AtLoad::keep, Need::unless_tied},
};

/// The norms of Llama, Mistral and Qwen.
inline constexpr ParameterRow kLlamaNorms[] = {
    {"{base}.layers.{i}.input_layernorm.weight",          "stack.layer.{i}.norm1.scale",      "D"},
    {"{base}.layers.{i}.post_attention_layernorm.weight", "stack.layer.{i}.norm2.scale",      "D"},
    {"{base}.layers.{i}.self_attn.q_norm.weight",         "stack.layer.{i}.query_norm.scale", "H", AtLoad::keep, Need::always, "head_norms"},
    {"{base}.layers.{i}.self_attn.k_norm.weight",         "stack.layer.{i}.key_norm.scale",   "H", AtLoad::keep, Need::always, "head_norms"},
    {"{base}.norm.weight",                                "stack.norm.scale",                 "D"},
};

/// Keys that BERT and its kin share.
inline constexpr ConfigRow kBertKeys[] = {
    {"vocab_size", ConfigUse::reads},
    {"hidden_size", ConfigUse::reads},
    {"embedding_size", ConfigUse::reads},
    {"num_hidden_layers", ConfigUse::reads},
    {"num_attention_heads", ConfigUse::reads},
    {"intermediate_size", ConfigUse::reads},
    {"hidden_act", ConfigUse::reads},
    {"max_position_embeddings", ConfigUse::reads},
    {"type_vocab_size", ConfigUse::reads},
    {"layer_norm_eps", ConfigUse::reads},
    {"position_embedding_type", ConfigUse::only, "\"absolute\""},
    {"is_decoder", ConfigUse::only, "false"},
    {"hidden_dropout_prob"},
    {"attention_probs_dropout_prob"},
    {"classifier_dropout"},
    {"classifier_dropout_prob"},
};

/// Keys that Llama and its kin share.
inline constexpr ConfigRow kLlamaKeys[] = {
    {"vocab_size", ConfigUse::reads},
    {"hidden_size", ConfigUse::reads},
    {"intermediate_size", ConfigUse::reads},
    {"num_hidden_layers", ConfigUse::reads},
    {"num_attention_heads", ConfigUse::reads},
    {"num_key_value_heads", ConfigUse::reads},
    {"head_dim", ConfigUse::reads},
    {"hidden_act", ConfigUse::reads},
    {"max_position_embeddings", ConfigUse::reads},
    {"original_max_position_embeddings", ConfigUse::reads},
    {"rms_norm_eps", ConfigUse::reads},
    {"rope_theta", ConfigUse::reads},
    {"rope_scaling", ConfigUse::reads},
    {"rope_parameters", ConfigUse::reads},
    {"attention_bias", ConfigUse::reads},
    {"is_decoder", ConfigUse::ignores},
    {"attention_dropout"},
    {"pretraining_tp"},
};
// clang-format on

/// The keys under which a configuration gives the sizes of a stack; an empty one is left to the
/// family.
struct SizeKeys {
  std::string_view hidden = "hidden_size", inner = "intermediate_size",
                   heads = "num_attention_heads", layers = "num_hidden_layers";
};
/// A stack of equal layers: the hidden size shared among the heads, scores scaled by the root of a
/// head's size.
StackDescription read_stack(const ModelConfig& config, const SizeKeys& keys = {});

/// The description of BERT's encoder and embeddings; families change what is theirs.
Description describe_bert(const ModelConfig& config);

/// What tells the families of Llama's kind apart.
struct LlamaDefaults {
  std::int64_t num_kv_heads = 0;  ///< 0: as many as query heads.
  std::int64_t head_size = 0;     ///< 0: the hidden size shared among the heads.
  double rms_epsilon = 1e-6;
  bool tied = false;
  std::string_view activation_key = "hidden_act", activation = "silu";
};
/// The description of Llama's decoder without its rotary embeddings and windows.
Description describe_llama(const ModelConfig& config, const LlamaDefaults& defaults);

/// For each layer whether it has a sliding window: `layer_types`, or else `otherwise`.
/// @throws Error (unsupported) for a type that is neither full nor sliding.
std::vector<bool> read_sliding_layers(const ModelConfig& config, std::int64_t num_layers,
                                      const std::vector<bool>& otherwise);

OutputRows read_output_rows(const ModelConfig& config, bool tied);

}  // namespace prospect
