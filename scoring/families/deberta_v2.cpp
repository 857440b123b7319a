// DeBERTa, second version and what was published of the third: He, Liu, Gao and Chen, "DeBERTa:
// Decoding-enhanced BERT with Disentangled Attention" (2021).
//
// As BERT, but relative positions have scores of their own, and the largest models have a
// convolution beside their first layer. The head is BERT's (`legacy`, the reference's default) or
// DeBERTa's own. Published v3 checkpoints were trained to tell replaced tokens: they lack
// `cls.predictions`, and what they have of `lm_predictions` was never trained to fill masks; they
// are refused for the missing tensors, as the reference fills those at random.

#include <cmath>

#include "core/error.h"
#include "core/text.h"
#include "scoring/families/detail/layouts.h"
#include "scoring/family.h"
#include "scoring/layers/activation.h"

namespace prospect {
namespace {

constexpr std::string_view kArchitectures[] = {"DebertaV2ForMaskedLM"};

constexpr ConfigRow kKeys[] = {
    {"relative_attention", ConfigUse::reads},
    {"max_relative_positions", ConfigUse::reads},
    {"position_buckets", ConfigUse::reads},
    {"pos_att_type", ConfigUse::reads},
    {"share_att_key", ConfigUse::reads},
    {"norm_rel_ebd", ConfigUse::reads},
    {"position_biased_input", ConfigUse::reads},
    {"legacy", ConfigUse::reads},
    {"conv_kernel_size", ConfigUse::reads},
    {"conv_act", ConfigUse::reads},
    {"conv_groups", ConfigUse::only, "1"},
    {"attention_head_size", ConfigUse::reads},
    {"z_steps"},
    {"first_token"},
    {"loss"},
    {"pooler_dropout"},
    {"pooler_hidden_act"},
    {"pooler_hidden_size"},
    {"pooling"},
};

// The kinds of positions' scores: a list, or names with bars between them.
std::vector<std::string> score_kinds(const ModelConfig& config) {
  if (!config.has("pos_att_type")) return {};
  const Json& value = config.json()["pos_att_type"];
  std::vector<std::string> kinds;
  if (value.is_string())
    kinds = split(value.get<std::string>(), '|');
  else if (value.is_array())
    for (const Json& item : value)
      if (item.is_string()) kinds.push_back(item.get<std::string>());
  for (const auto& kind : kinds)
    if (kind != "c2p" && kind != "p2c")
      fail(ErrorKind::unsupported, config.where() + "#/pos_att_type",
           "expected c2p or p2c, found '", kind, "'");
  return kinds;
}

void describe_attention(const ModelConfig& config, Description& model) {
  StackDescription& stack = model.stack;
  const auto kinds = score_kinds(config);
  const double num_scores = 1 + static_cast<double>(kinds.size());
  for (auto& layer : stack.layers)
    layer.score_scale = 1 / std::sqrt(static_cast<double>(stack.head_size) * num_scores);
  if (!config.boolean_or("relative_attention", false)) return;

  Disentangled scores;
  scores.buckets = config.integer_or("position_buckets", -1, 1 << 16, -1);
  scores.max_distance = config.integer_or("max_relative_positions", -1, 1 << 16, -1);
  if (scores.max_distance < 1) scores.max_distance = model.num_positions;
  scores.span = scores.buckets > 0 ? scores.buckets : scores.max_distance;
  for (const auto& kind : kinds)
    (kind == "c2p" ? scores.content_to_position : scores.position_to_content) = true;
  scores.shared_projections = config.boolean_or("share_att_key", false);
  for (const auto& norm : split(config.string_or("norm_rel_ebd", "none"), '|'))
    scores.norm_positions = scores.norm_positions || trim(norm) == "layer_norm";
  model.features.insert("relative");
  if (scores.norm_positions) model.features.insert("relative_norm");
  if (!scores.shared_projections && scores.content_to_position)
    model.features.insert("position_key");
  if (!scores.shared_projections && scores.position_to_content)
    model.features.insert("position_query");
  stack.disentangled = scores;
}

Description describe(const ModelConfig& config) {
  Description model = describe_bert(config);
  StackDescription& stack = model.stack;
  stack.norm_epsilon = config.number_or("layer_norm_eps", 0, 1, 1e-7);
  if (config.integer_or("attention_head_size", 1, 1 << 12, stack.head_size) != stack.head_size)
    fail(ErrorKind::unsupported, config.where() + "#/attention_head_size", "expected ",
         stack.head_size, ", the hidden size shared among the heads");
  describe_attention(config, model);
  const std::int64_t width = config.integer_or("conv_kernel_size", 0, 1 << 10, 0);
  if (width > 0) {
    if (width % 2 == 0)
      fail(ErrorKind::unsupported, config.where() + "#/conv_kernel_size",
           "expected an odd width, found ", width);
    stack.convolution = true;
    stack.convolution_width = width;
    stack.convolution_activation = read_activation(config, "conv_act", "tanh");
    model.features.insert("convolution");
  }

  EmbeddingDescription& embedding = model.embedding;
  embedding.num_segments = config.integer_or("type_vocab_size", 0, 1 << 10, 0);
  if (embedding.num_segments > 0) model.features.insert("segments");
  embedding.size = config.integer_or("embedding_size", 1, 1 << 16, stack.hidden_size);
  if (embedding.size != stack.hidden_size) {
    embedding.projection = EmbeddingDescription::Projection::before_norm;
    model.features.insert("projection");
  }
  if (config.boolean_or("position_biased_input", true))
    model.features.insert("positions");
  else
    embedding.positions = EmbeddingDescription::Positions::none;
  const bool legacy = config.boolean_or("legacy", true);
  model.features.insert(legacy ? "bert_head" : "own_head");
  if (!legacy) model.head.rows = OutputRows::tied;
  return model;
}

// clang-format off
constexpr ParameterRow kRows[] = {
    // checkpoint                                                   ours                                    shape
    {"{base}.embeddings.word_embeddings.weight",                    "embed.token.weight",                   "V E"},
    {"{base}.embeddings.position_embeddings.weight",                "embed.position.weight",                "P E",   AtLoad::keep, Need::always, "positions"},
    {"{base}.embeddings.token_type_embeddings.weight",              "embed.segment.weight",                 "S E",   AtLoad::keep, Need::always, "segments"},
    {"{base}.embeddings.embed_proj.weight",                         "embed.projection.weight",              "D E",   AtLoad::keep, Need::always, "projection"},
    {"{base}.embeddings.LayerNorm.weight",                          "embed.norm.scale",                     "D"},
    {"{base}.embeddings.LayerNorm.bias",                            "embed.norm.shift",                     "D"},
    {"{base}.encoder.rel_embeddings.weight",                        "stack.positions.weight",               "R D",   AtLoad::keep, Need::always, "relative"},
    {"{base}.encoder.LayerNorm.weight",                             "stack.positions_norm.scale",           "D",     AtLoad::keep, Need::always, "relative_norm"},
    {"{base}.encoder.LayerNorm.bias",                               "stack.positions_norm.shift",           "D",     AtLoad::keep, Need::always, "relative_norm"},
    {"{base}.encoder.conv.conv.weight",                             "stack.convolution.weight",             "D D W", AtLoad::keep, Need::always, "convolution"},
    {"{base}.encoder.conv.conv.bias",                               "stack.convolution.bias",               "D",     AtLoad::keep, Need::always, "convolution"},
    {"{base}.encoder.conv.LayerNorm.weight",                        "stack.convolution.norm.scale",         "D",     AtLoad::keep, Need::always, "convolution"},
    {"{base}.encoder.conv.LayerNorm.bias",                          "stack.convolution.norm.shift",         "D",     AtLoad::keep, Need::always, "convolution"},
    {"{base}.encoder.layer.{i}.attention.self.query_proj.weight",   "stack.layer.{i}.query.weight",         "D D"},
    {"{base}.encoder.layer.{i}.attention.self.query_proj.bias",     "stack.layer.{i}.query.bias",           "D"},
    {"{base}.encoder.layer.{i}.attention.self.key_proj.weight",     "stack.layer.{i}.key.weight",           "D D"},
    {"{base}.encoder.layer.{i}.attention.self.key_proj.bias",       "stack.layer.{i}.key.bias",             "D"},
    {"{base}.encoder.layer.{i}.attention.self.value_proj.weight",   "stack.layer.{i}.value.weight",         "D D"},
    {"{base}.encoder.layer.{i}.attention.self.value_proj.bias",     "stack.layer.{i}.value.bias",           "D"},
    {"{base}.encoder.layer.{i}.attention.self.pos_key_proj.weight", "stack.layer.{i}.position_key.weight",  "D D",   AtLoad::keep, Need::always, "position_key"},
    {"{base}.encoder.layer.{i}.attention.self.pos_key_proj.bias",   "stack.layer.{i}.position_key.bias",    "D",     AtLoad::keep, Need::always, "position_key"},
    {"{base}.encoder.layer.{i}.attention.self.pos_query_proj.weight","stack.layer.{i}.position_query.weight","D D",  AtLoad::keep, Need::always, "position_query"},
    {"{base}.encoder.layer.{i}.attention.self.pos_query_proj.bias", "stack.layer.{i}.position_query.bias",  "D",     AtLoad::keep, Need::always, "position_query"},
    {"cls.predictions.transform.dense.weight",                      "head.transform.weight",                "E D",   AtLoad::keep, Need::always, "bert_head"},
    {"cls.predictions.transform.dense.bias",                        "head.transform.bias",                  "E",     AtLoad::keep, Need::always, "bert_head"},
    {"cls.predictions.transform.LayerNorm.weight",                  "head.norm.scale",                      "E",     AtLoad::keep, Need::always, "bert_head"},
    {"cls.predictions.transform.LayerNorm.bias",                    "head.norm.shift",                      "E",     AtLoad::keep, Need::always, "bert_head"},
    {"cls.predictions.bias",                                        "head.output.bias",                     "V",     AtLoad::keep, Need::always, "bert_head"},
    {"cls.predictions.decoder.weight",                              "head.output.weight",                   "V E",   AtLoad::keep, Need::unless_tied, "bert_head"},
    {"cls.predictions.decoder.bias",                                "head.output.own.bias",                 "V",     AtLoad::keep, Need::if_present, "bert_head"},
    {"lm_predictions.lm_head.dense.weight",                         "head.transform.weight",                "D D",   AtLoad::keep, Need::always, "own_head"},
    {"lm_predictions.lm_head.dense.bias",                           "head.transform.bias",                  "D",     AtLoad::keep, Need::always, "own_head"},
    {"lm_predictions.lm_head.LayerNorm.weight",                     "head.norm.scale",                      "D",     AtLoad::keep, Need::always, "own_head"},
    {"lm_predictions.lm_head.LayerNorm.bias",                       "head.norm.shift",                      "D",     AtLoad::keep, Need::always, "own_head"},
    {"lm_predictions.lm_head.bias",                                 "head.output.bias",                     "V",     AtLoad::keep, Need::always, "own_head"},
};
// clang-format on

const FamilyRegistration kDeberta{{.model_type = "deberta-v2",
                                   .kind = ModelKind::masked_lm,
                                   .base = "deberta",
                                   .architectures = kArchitectures,
                                   .keys = {kBertKeys, kKeys},
                                   .describe = describe,
                                   .parameters = {kRows, kBertLayers}}};

}  // namespace
}  // namespace prospect
