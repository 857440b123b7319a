// DistilBERT: Sanh, Debut, Chaumond and Wolf, "DistilBERT, a distilled version of BERT" (2019).
//
// As BERT without token types, with other names; every norm has the same fixed epsilon.

#include "scoring/families/detail/layouts.h"
#include "scoring/family.h"
#include "scoring/layers/activation.h"

namespace prospect {
namespace {

constexpr std::string_view kArchitectures[] = {"DistilBertForMaskedLM"};

constexpr ConfigRow kKeys[] = {
    {"vocab_size", ConfigUse::reads},
    {"dim", ConfigUse::reads},
    {"hidden_dim", ConfigUse::reads},
    {"n_layers", ConfigUse::reads},
    {"n_heads", ConfigUse::reads},
    {"activation", ConfigUse::reads},
    {"max_position_embeddings", ConfigUse::reads},
    {"sinusoidal_pos_embds"},  // how the table was initialised; it is stored all the same
    {"tie_weights_"},
    {"dropout"},
    {"attention_dropout"},
    {"qa_dropout"},
    {"seq_classif_dropout"},
};

Description describe(const ModelConfig& config) {
  Description model{.vocab_size = config.integer("vocab_size", 1, 1 << 24),
                    .num_positions = config.integer("max_position_embeddings", 1, 1 << 20)};
  model.stack = read_stack(
      config, {.hidden = "dim", .inner = "hidden_dim", .heads = "n_heads", .layers = "n_layers"});
  StackDescription& stack = model.stack;
  stack.activation = read_activation(config, "activation", "gelu");
  model.embedding.size = stack.hidden_size;
  model.embedding.positions = EmbeddingDescription::Positions::learned;
  model.embedding.norm = true;
  model.head = {
      .transform = true, .activation = stack.activation, .rows = read_output_rows(config, true)};
  return model;
}

// clang-format off
constexpr ParameterRow kRows[] = {
    // checkpoint                                            ours                            shape
    {"{base}.embeddings.word_embeddings.weight",             "embed.token.weight",           "V D"},
    {"{base}.embeddings.position_embeddings.weight",         "embed.position.weight",        "P D"},
    {"{base}.embeddings.LayerNorm.weight",                   "embed.norm.scale",             "D"},
    {"{base}.embeddings.LayerNorm.bias",                     "embed.norm.shift",             "D"},
    {"{base}.transformer.layer.{i}.attention.q_lin.weight",  "stack.layer.{i}.query.weight", "D D"},
    {"{base}.transformer.layer.{i}.attention.q_lin.bias",    "stack.layer.{i}.query.bias",   "D"},
    {"{base}.transformer.layer.{i}.attention.k_lin.weight",  "stack.layer.{i}.key.weight",   "D D"},
    {"{base}.transformer.layer.{i}.attention.k_lin.bias",    "stack.layer.{i}.key.bias",     "D"},
    {"{base}.transformer.layer.{i}.attention.v_lin.weight",  "stack.layer.{i}.value.weight", "D D"},
    {"{base}.transformer.layer.{i}.attention.v_lin.bias",    "stack.layer.{i}.value.bias",   "D"},
    {"{base}.transformer.layer.{i}.attention.out_lin.weight","stack.layer.{i}.mix.weight",   "D D"},
    {"{base}.transformer.layer.{i}.attention.out_lin.bias",  "stack.layer.{i}.mix.bias",     "D"},
    {"{base}.transformer.layer.{i}.sa_layer_norm.weight",    "stack.layer.{i}.norm1.scale",  "D"},
    {"{base}.transformer.layer.{i}.sa_layer_norm.bias",      "stack.layer.{i}.norm1.shift",  "D"},
    {"{base}.transformer.layer.{i}.ffn.lin1.weight",         "stack.layer.{i}.inner.weight", "F D"},
    {"{base}.transformer.layer.{i}.ffn.lin1.bias",           "stack.layer.{i}.inner.bias",   "F"},
    {"{base}.transformer.layer.{i}.ffn.lin2.weight",         "stack.layer.{i}.outer.weight", "D F"},
    {"{base}.transformer.layer.{i}.ffn.lin2.bias",           "stack.layer.{i}.outer.bias",   "D"},
    {"{base}.transformer.layer.{i}.output_layer_norm.weight","stack.layer.{i}.norm2.scale",  "D"},
    {"{base}.transformer.layer.{i}.output_layer_norm.bias",  "stack.layer.{i}.norm2.shift",  "D"},
    {"vocab_transform.weight",                               "head.transform.weight",        "D D"},
    {"vocab_transform.bias",                                 "head.transform.bias",          "D"},
    {"vocab_layer_norm.weight",                              "head.norm.scale",              "D"},
    {"vocab_layer_norm.bias",                                "head.norm.shift",              "D"},
    {"vocab_projector.bias",                                 "head.output.bias",             "V"},
    {"vocab_projector.weight",                               "head.output.weight",           "V D", AtLoad::keep, Need::unless_tied},
};
// clang-format on

const FamilyRegistration kDistilBert{{.model_type = "distilbert",
                                      .kind = ModelKind::masked_lm,
                                      .base = "distilbert",
                                      .architectures = kArchitectures,
                                      .keys = {kKeys},
                                      .describe = describe,
                                      .parameters = {kRows}}};

}  // namespace
}  // namespace prospect
