// ALBERT: Lan et al., "ALBERT: A Lite BERT for Self-supervised Learning of Language
// Representations" (2020).
//
// As BERT, but the layers of a group share their parameters, token rows are smaller than the layers
// and always projected, and the head works in their size.

#include "scoring/families/detail/layouts.h"
#include "scoring/family.h"

namespace prospect {
namespace {

constexpr std::string_view kArchitectures[] = {"AlbertForMaskedLM", "AlbertForPreTraining"};

constexpr ConfigRow kKeys[] = {
    {"num_hidden_groups", ConfigUse::reads},
    {"inner_group_num", ConfigUse::reads},
    {"down_scale_factor"},
    {"gap_size"},
    {"layers_to_keep"},
    {"net_structure_type"},
    {"num_memory_blocks"},
};

Description describe(const ModelConfig& config) {
  Description model = describe_bert(config);
  StackDescription& stack = model.stack;
  const std::int64_t steps = stack.num_layers();
  stack.num_groups = config.integer_or("num_hidden_groups", 1, steps, 1);
  stack.inner_group = config.integer_or("inner_group_num", 1, 64, 1);
  stack.layers.assign(static_cast<std::size_t>(steps * stack.inner_group), stack.layers.front());
  model.embedding.size = config.integer_or("embedding_size", 1, 1 << 16, 128);
  model.embedding.projection = EmbeddingDescription::Projection::after_norm;
  return model;
}

// clang-format off

constexpr ParameterRow kRows[] = {
    // checkpoint                                         ours                            shape
    {"{base}.encoder.embedding_hidden_mapping_in.weight", "embed.projection.weight",      "D E"},
    {"{base}.encoder.embedding_hidden_mapping_in.bias",   "embed.projection.bias",        "D"},
    {"{base}.encoder.albert_layer_groups.{g}.albert_layers.{j}.attention.query.weight",             "stack.layer.{i}.query.weight", "D D"},
    {"{base}.encoder.albert_layer_groups.{g}.albert_layers.{j}.attention.query.bias",               "stack.layer.{i}.query.bias",   "D"},
    {"{base}.encoder.albert_layer_groups.{g}.albert_layers.{j}.attention.key.weight",               "stack.layer.{i}.key.weight",   "D D"},
    {"{base}.encoder.albert_layer_groups.{g}.albert_layers.{j}.attention.key.bias",                 "stack.layer.{i}.key.bias",     "D"},
    {"{base}.encoder.albert_layer_groups.{g}.albert_layers.{j}.attention.value.weight",             "stack.layer.{i}.value.weight", "D D"},
    {"{base}.encoder.albert_layer_groups.{g}.albert_layers.{j}.attention.value.bias",               "stack.layer.{i}.value.bias",   "D"},
    {"{base}.encoder.albert_layer_groups.{g}.albert_layers.{j}.attention.dense.weight",             "stack.layer.{i}.mix.weight",   "D D"},
    {"{base}.encoder.albert_layer_groups.{g}.albert_layers.{j}.attention.dense.bias",               "stack.layer.{i}.mix.bias",     "D"},
    {"{base}.encoder.albert_layer_groups.{g}.albert_layers.{j}.attention.LayerNorm.weight",         "stack.layer.{i}.norm1.scale",  "D"},
    {"{base}.encoder.albert_layer_groups.{g}.albert_layers.{j}.attention.LayerNorm.bias",           "stack.layer.{i}.norm1.shift",  "D"},
    {"{base}.encoder.albert_layer_groups.{g}.albert_layers.{j}.ffn.weight",                         "stack.layer.{i}.inner.weight", "F D"},
    {"{base}.encoder.albert_layer_groups.{g}.albert_layers.{j}.ffn.bias",                           "stack.layer.{i}.inner.bias",   "F"},
    {"{base}.encoder.albert_layer_groups.{g}.albert_layers.{j}.ffn_output.weight",                  "stack.layer.{i}.outer.weight", "D F"},
    {"{base}.encoder.albert_layer_groups.{g}.albert_layers.{j}.ffn_output.bias",                    "stack.layer.{i}.outer.bias",   "D"},
    {"{base}.encoder.albert_layer_groups.{g}.albert_layers.{j}.full_layer_layer_norm.weight",       "stack.layer.{i}.norm2.scale",  "D"},
    {"{base}.encoder.albert_layer_groups.{g}.albert_layers.{j}.full_layer_layer_norm.bias",         "stack.layer.{i}.norm2.shift",  "D"},
    {"predictions.dense.weight",                          "head.transform.weight",        "E D"},
    {"predictions.dense.bias",                            "head.transform.bias",          "E"},
    {"predictions.LayerNorm.weight",                      "head.norm.scale",              "E"},
    {"predictions.LayerNorm.bias",                        "head.norm.shift",              "E"},
    {"predictions.bias",                                  "head.output.bias",             "V"},
    {"predictions.decoder.weight",                        "head.output.weight",           "V E", AtLoad::keep, Need::unless_tied},
    {"predictions.decoder.bias",                          "head.output.own.bias",         "V",   AtLoad::keep, Need::if_present},
};

// clang-format on

const FamilyRegistration kAlbert{{.model_type = "albert",
                                  .kind = ModelKind::masked_lm,
                                  .base = "albert",
                                  .architectures = kArchitectures,
                                  .keys = {kBertKeys, kKeys},
                                  .describe = describe,
                                  .parameters = {kBertEmbeddings, kRows}}};

}  // namespace
}  // namespace prospect
