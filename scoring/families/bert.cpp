// BERT: Devlin, Chang, Lee and Toutanova, "BERT: Pre-training of Deep Bidirectional Transformers
// for Language Understanding" (2019), with its masked-LM head.
//
// Covered: learned absolute positions, token types, post-norm, an output matrix that is the input
// embedding or its own. Published files come in several forms: norms named gamma and beta, names
// without the prefix `bert.`, the output's rows and bias present or left to be tied.

#include "scoring/family.h"
#include "scoring/layers/activation.h"

namespace prospect {
namespace {

constexpr std::string_view kArchitectures[] = {"BertForMaskedLM", "BertForPreTraining"};

constexpr ConfigRow kKeys[] = {
    {"vocab_size", ConfigUse::reads},
    {"hidden_size", ConfigUse::reads},
    {"num_hidden_layers", ConfigUse::reads},
    {"num_attention_heads", ConfigUse::reads},
    {"intermediate_size", ConfigUse::reads},
    {"hidden_act", ConfigUse::reads},
    {"max_position_embeddings", ConfigUse::reads},
    {"type_vocab_size", ConfigUse::reads},
    {"layer_norm_eps", ConfigUse::reads},
    {"position_embedding_type", ConfigUse::only, "\"absolute\""},
    {"is_decoder", ConfigUse::only, "false"},
    {"directionality", ConfigUse::only, "\"bidi\""},
    {"hidden_dropout_prob"},
    {"attention_probs_dropout_prob"},
    {"classifier_dropout"},
    {"pooler_fc_size"},
    {"pooler_num_attention_heads"},
    {"pooler_num_fc_layers"},
    {"pooler_size_per_head"},
    {"pooler_type"},
};

Description describe(const ModelConfig& config) {
  return {
      .vocab_size = config.integer("vocab_size", 1, 1 << 24),
      .hidden_size = config.integer("hidden_size", 1, 1 << 16),
      .inner_size = config.integer("intermediate_size", 1, 1 << 18),
      .num_layers = config.integer("num_hidden_layers", 1, 1024),
      .num_heads = config.integer("num_attention_heads", 1, 1 << 12),
      .num_positions = config.integer("max_position_embeddings", 1, 1 << 20),
      .num_segments = config.integer_or("type_vocab_size", 1, 1 << 10, 2),
      .activation = read_activation(config, "hidden_act"),
      .norm = NormPlacement::post,
      .positions = PositionKind::learned,
      .output = config.boolean_or("tie_word_embeddings", true) ? OutputRows::tied : OutputRows::own,
      .norm_epsilon = config.number_or("layer_norm_eps", 0, 1, 1e-12)};
}

// clang-format off
constexpr ParameterRow kParameters[] = {
    // checkpoint                                                ours                            shape
    {"bert.embeddings.word_embeddings.weight",                   "embed.token.weight",           "V D"},
    {"bert.embeddings.position_embeddings.weight",               "embed.position.weight",        "P D"},
    {"bert.embeddings.token_type_embeddings.weight",             "embed.segment.weight",         "S D"},
    {"bert.embeddings.LayerNorm.weight",                         "embed.norm.scale",             "D"},
    {"bert.embeddings.LayerNorm.bias",                           "embed.norm.shift",             "D"},
    {"bert.encoder.layer.{i}.attention.self.query.weight",       "layer.{i}.query.weight",       "D D"},
    {"bert.encoder.layer.{i}.attention.self.query.bias",         "layer.{i}.query.bias",         "D"},
    {"bert.encoder.layer.{i}.attention.self.key.weight",         "layer.{i}.key.weight",         "D D"},
    {"bert.encoder.layer.{i}.attention.self.key.bias",           "layer.{i}.key.bias",           "D"},
    {"bert.encoder.layer.{i}.attention.self.value.weight",       "layer.{i}.value.weight",       "D D"},
    {"bert.encoder.layer.{i}.attention.self.value.bias",         "layer.{i}.value.bias",         "D"},
    {"bert.encoder.layer.{i}.attention.output.dense.weight",     "layer.{i}.mix.weight",         "D D"},
    {"bert.encoder.layer.{i}.attention.output.dense.bias",       "layer.{i}.mix.bias",           "D"},
    {"bert.encoder.layer.{i}.attention.output.LayerNorm.weight", "layer.{i}.norm1.scale",        "D"},
    {"bert.encoder.layer.{i}.attention.output.LayerNorm.bias",   "layer.{i}.norm1.shift",        "D"},
    {"bert.encoder.layer.{i}.intermediate.dense.weight",         "layer.{i}.inner.weight",       "F D"},
    {"bert.encoder.layer.{i}.intermediate.dense.bias",           "layer.{i}.inner.bias",         "F"},
    {"bert.encoder.layer.{i}.output.dense.weight",               "layer.{i}.outer.weight",       "D F"},
    {"bert.encoder.layer.{i}.output.dense.bias",                 "layer.{i}.outer.bias",         "D"},
    {"bert.encoder.layer.{i}.output.LayerNorm.weight",           "layer.{i}.norm2.scale",        "D"},
    {"bert.encoder.layer.{i}.output.LayerNorm.bias",             "layer.{i}.norm2.shift",        "D"},
    {"cls.predictions.transform.dense.weight",                   "head.transform.weight",        "D D"},
    {"cls.predictions.transform.dense.bias",                     "head.transform.bias",          "D"},
    {"cls.predictions.transform.LayerNorm.weight",               "head.norm.scale",              "D"},
    {"cls.predictions.transform.LayerNorm.bias",                 "head.norm.shift",              "D"},
    {"cls.predictions.bias",                                     "head.output.bias",             "V"},
    {"cls.predictions.decoder.weight",                           "head.output.weight",           "V D", AtLoad::keep, Need::unless_tied},
    {"cls.predictions.decoder.bias",                             "head.output.own.bias",         "V",   AtLoad::keep, Need::if_present},
};
// clang-format on

constexpr Rename kRenames[] = {
    {Rename::End::front, "embeddings.", "bert.embeddings."},
    {Rename::End::front, "encoder.", "bert.encoder."},
    {Rename::End::front, "pooler.", "bert.pooler."},
    {Rename::End::back, "LayerNorm.gamma", "LayerNorm.weight"},
    {Rename::End::back, "LayerNorm.beta", "LayerNorm.bias"},
};

const FamilyRegistration kBert{{.model_type = "bert",
                                .kind = ModelKind::masked_lm,
                                .architectures = kArchitectures,
                                .keys = kKeys,
                                .describe = describe,
                                .parameters = kParameters,
                                .renames = kRenames}};

}  // namespace
}  // namespace prospect
