// T5: Raffel et al., "Exploring the Limits of Transfer Learning with a Unified Text-to-Text
// Transformer" (2020), versions 1.0 and 1.1.
//
// Relative positions in buckets shared by all layers, RMS norms, no biases, scores that are not
// scaled. Version 1.0 has plain feed-forward nets and tied output rows, whose vectors are scaled;
// 1.1 has gated nets and output rows of its own.

#include <cmath>

#include "core/error.h"
#include "scoring/families/detail/layouts.h"
#include "scoring/family.h"

namespace prospect {
namespace {

constexpr std::string_view kArchitectures[] = {"T5ForConditionalGeneration", "T5WithLMHeadModel"};

constexpr ConfigRow kKeys[] = {
    {"is_encoder_decoder", ConfigUse::only, "true"},
    {"vocab_size", ConfigUse::reads},
    {"d_model", ConfigUse::reads},
    {"d_kv", ConfigUse::reads},
    {"d_ff", ConfigUse::reads},
    {"num_layers", ConfigUse::reads},
    {"num_decoder_layers", ConfigUse::reads},
    {"num_heads", ConfigUse::reads},
    {"relative_attention_num_buckets", ConfigUse::reads},
    {"relative_attention_max_distance", ConfigUse::reads},
    {"layer_norm_epsilon", ConfigUse::reads},
    {"feed_forward_proj", ConfigUse::reads},
    {"scale_decoder_outputs", ConfigUse::reads},
    {"decoder_start_token_id", ConfigUse::reads},
    {"n_positions"},   // positions are relative
    {"dense_act_fn"},  // both repeat feed_forward_proj
    {"is_gated_act"},
    {"is_decoder", ConfigUse::only, "false"},
    {"classifier_dropout"},
    {"dropout_rate"},
};

// "relu", "gated-gelu": there alone gelu is the one with tanh.
void read_feed_forward(const ModelConfig& config, StackDescription& stack) {
  std::string name = config.string_or("feed_forward_proj", "relu");
  stack.gated = name.starts_with("gated-");
  if (stack.gated) name = name.substr(6);
  if (name == "relu")
    stack.activation = Activation::relu;
  else if (name == "gelu")
    stack.activation = stack.gated ? Activation::gelu_tanh : Activation::gelu;
  else if (name == "gelu_new")
    stack.activation = Activation::gelu_tanh;
  else if (name == "silu" || name == "swish")
    stack.activation = Activation::silu;
  else
    fail(ErrorKind::unsupported, config.where() + "#/feed_forward_proj",
         "expected relu, gelu, gelu_new or silu, with or without 'gated-', found '",
         config.string("feed_forward_proj"), "'");
}

Description describe(const ModelConfig& config) {
  constexpr std::int64_t kAnyLength = 1 << 16;
  Description model{.vocab_size = config.integer("vocab_size", 1, 1 << 24),
                    .num_positions = kAnyLength};
  StackDescription& stack = model.stack;
  stack = read_stack(
      config, {.hidden = "d_model", .inner = "d_ff", .heads = "num_heads", .layers = "num_layers"});
  stack.head_size = config.integer("d_kv", 1, 1 << 12);
  for (auto& layer : stack.layers) layer.score_scale = 1;
  read_feed_forward(config, stack);
  stack.norm = NormKind::rms;
  stack.placement = NormPlacement::pre;
  stack.norm_epsilon = config.number_or("layer_norm_epsilon", 0, 1, 1e-6);
  stack.final_norm = true;
  stack.buckets = {config.integer_or("relative_attention_num_buckets", 4, 1 << 16, 32),
                   config.integer_or("relative_attention_max_distance", 4, 1 << 20, 128)};

  StackDescription decoder = stack;
  decoder.reading = Reading::causal;
  decoder.cross_attention = true;
  decoder.layers.resize(static_cast<std::size_t>(
      config.integer_or("num_decoder_layers", 1, 1024, stack.num_layers())));
  model.decoder = decoder;

  model.embedding.size = stack.hidden_size;
  model.head.rows = read_output_rows(config, true);
  if (config.boolean_or("scale_decoder_outputs", model.head.rows == OutputRows::tied))
    model.head.scale = 1 / std::sqrt(static_cast<double>(stack.hidden_size));
  model.start_id = config.integer_or("decoder_start_token_id", 0, model.vocab_size - 1, 0);
  model.features.insert(stack.gated ? "gated" : "plain");
  return model;
}

// clang-format off
constexpr ParameterRow kRows[] = {
    // checkpoint                                              ours                              shape
    {"shared.weight",                                          "embed.token.weight",             "V D"},
    {"encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight", "stack.buckets.weight", "B N"},
    {"encoder.block.{i}.layer.0.SelfAttention.q.weight",       "stack.layer.{i}.query.weight",   "Q D"},
    {"encoder.block.{i}.layer.0.SelfAttention.k.weight",       "stack.layer.{i}.key.weight",     "K D"},
    {"encoder.block.{i}.layer.0.SelfAttention.v.weight",       "stack.layer.{i}.value.weight",   "K D"},
    {"encoder.block.{i}.layer.0.SelfAttention.o.weight",       "stack.layer.{i}.mix.weight",     "D Q"},
    {"encoder.block.{i}.layer.0.layer_norm.weight",            "stack.layer.{i}.norm1.scale",    "D"},
    {"encoder.block.{i}.layer.1.DenseReluDense.wi.weight",     "stack.layer.{i}.inner.weight",   "F D", AtLoad::keep, Need::always, "plain"},
    {"encoder.block.{i}.layer.1.DenseReluDense.wi_0.weight",   "stack.layer.{i}.gate.weight",    "F D", AtLoad::keep, Need::always, "gated"},
    {"encoder.block.{i}.layer.1.DenseReluDense.wi_1.weight",   "stack.layer.{i}.inner.weight",   "F D", AtLoad::keep, Need::always, "gated"},
    {"encoder.block.{i}.layer.1.DenseReluDense.wo.weight",     "stack.layer.{i}.outer.weight",   "D F"},
    {"encoder.block.{i}.layer.1.layer_norm.weight",            "stack.layer.{i}.norm2.scale",    "D"},
    {"encoder.final_layer_norm.weight",                        "stack.norm.scale",               "D"},
    {"decoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight", "decoder.buckets.weight", "B N"},
    {"decoder.block.{i}.layer.0.SelfAttention.q.weight",       "decoder.layer.{i}.query.weight", "Q D"},
    {"decoder.block.{i}.layer.0.SelfAttention.k.weight",       "decoder.layer.{i}.key.weight",   "K D"},
    {"decoder.block.{i}.layer.0.SelfAttention.v.weight",       "decoder.layer.{i}.value.weight", "K D"},
    {"decoder.block.{i}.layer.0.SelfAttention.o.weight",       "decoder.layer.{i}.mix.weight",   "D Q"},
    {"decoder.block.{i}.layer.0.layer_norm.weight",            "decoder.layer.{i}.norm1.scale",  "D"},
    {"decoder.block.{i}.layer.1.EncDecAttention.q.weight",     "decoder.layer.{i}.cross.query.weight", "Q D"},
    {"decoder.block.{i}.layer.1.EncDecAttention.k.weight",     "decoder.layer.{i}.cross.key.weight",   "K D"},
    {"decoder.block.{i}.layer.1.EncDecAttention.v.weight",     "decoder.layer.{i}.cross.value.weight", "K D"},
    {"decoder.block.{i}.layer.1.EncDecAttention.o.weight",     "decoder.layer.{i}.cross.mix.weight",   "D Q"},
    {"decoder.block.{i}.layer.1.layer_norm.weight",            "decoder.layer.{i}.norm_cross.scale",   "D"},
    {"decoder.block.{i}.layer.2.DenseReluDense.wi.weight",     "decoder.layer.{i}.inner.weight", "F D", AtLoad::keep, Need::always, "plain"},
    {"decoder.block.{i}.layer.2.DenseReluDense.wi_0.weight",   "decoder.layer.{i}.gate.weight",  "F D", AtLoad::keep, Need::always, "gated"},
    {"decoder.block.{i}.layer.2.DenseReluDense.wi_1.weight",   "decoder.layer.{i}.inner.weight", "F D", AtLoad::keep, Need::always, "gated"},
    {"decoder.block.{i}.layer.2.DenseReluDense.wo.weight",     "decoder.layer.{i}.outer.weight", "D F"},
    {"decoder.block.{i}.layer.2.layer_norm.weight",            "decoder.layer.{i}.norm2.scale",  "D"},
    {"decoder.final_layer_norm.weight",                        "decoder.norm.scale",             "D"},
    {"lm_head.weight",                                         "head.output.weight",             "V D", AtLoad::keep, Need::unless_tied},
};
// clang-format on

const FamilyRegistration kT5{{.model_type = "t5",
                              .kind = ModelKind::seq2seq_lm,
                              .architectures = kArchitectures,
                              .keys = {kKeys},
                              .describe = describe,
                              .parameters = {kRows}}};

}  // namespace
}  // namespace prospect
