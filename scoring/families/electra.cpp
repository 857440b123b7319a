// ELECTRA's generator: Clark, Luong, Le and Manning, "ELECTRA: Pre-training Text Encoders as
// Discriminators Rather Than Generators" (2020).
//
// As BERT, but token rows may have another size than the layers, and the head works in theirs.

#include "scoring/families/detail/layouts.h"
#include "scoring/family.h"

namespace prospect {
namespace {

constexpr std::string_view kArchitectures[] = {"ElectraForMaskedLM"};

constexpr ConfigRow kKeys[] = {
    {"generator_hidden_size"}, {"generator_size"}, {"summary_activation"},
    {"summary_last_dropout"},  {"summary_type"},   {"summary_use_proj"},
};

Description describe(const ModelConfig& config) {
  Description model = describe_bert(config);
  model.embedding.size = config.integer_or("embedding_size", 1, 1 << 16, 128);
  if (model.embedding.size != model.stack.hidden_size) {
    model.embedding.projection = EmbeddingDescription::Projection::after_norm;
    model.features = {"projection"};
  }
  model.head.activation = Activation::gelu;
  return model;
}

// clang-format off
constexpr ParameterRow kHead[] = {
    // checkpoint                             ours                       shape
    {"{base}.embeddings_project.weight",      "embed.projection.weight", "D E", AtLoad::keep, Need::always, "projection"},
    {"{base}.embeddings_project.bias",        "embed.projection.bias",   "D",   AtLoad::keep, Need::always, "projection"},
    {"generator_predictions.dense.weight",     "head.transform.weight",   "E D"},
    {"generator_predictions.dense.bias",       "head.transform.bias",     "E"},
    {"generator_predictions.LayerNorm.weight", "head.norm.scale",         "E"},
    {"generator_predictions.LayerNorm.bias",   "head.norm.shift",         "E"},
    {"generator_lm_head.bias",                 "head.output.bias",        "V"},
    {"generator_lm_head.weight",               "head.output.weight",      "V E", AtLoad::keep, Need::unless_tied},
};
// clang-format on

const FamilyRegistration kElectra{
    {.model_type = "electra",
     .kind = ModelKind::masked_lm,
     .base = "electra",
     .architectures = kArchitectures,
     .keys = {kBertKeys, kKeys},
     .describe = describe,
     .parameters = {kBertEmbeddings, kBertAttention, kBertLayers, kHead}}};

}  // namespace
}  // namespace prospect
