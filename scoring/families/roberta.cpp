// RoBERTa: Liu et al., "RoBERTa: A Robustly Optimized BERT Pretraining Approach" (2019), and
// XLM-RoBERTa: Conneau et al., "Unsupervised Cross-lingual Representation Learning at Scale"
// (2020).
//
// As BERT, but positions are counted over tokens that are not padding and begin behind the
// padding's own row, and the head's activation is gelu whatever the layers use.

#include "scoring/families/detail/layouts.h"
#include "scoring/family.h"

namespace prospect {
namespace {

constexpr std::string_view kRoberta[] = {"RobertaForMaskedLM"},
                           kXlmRoberta[] = {"XLMRobertaForMaskedLM"};

Description describe(const ModelConfig& config) {
  Description model = describe_bert(config);
  EmbeddingDescription& embedding = model.embedding;
  embedding.positions = EmbeddingDescription::Positions::past_padding;
  embedding.padding_id = config.integer_or("pad_token_id", 0, model.vocab_size - 1, 1);
  embedding.position_offset = embedding.padding_id + 1;
  model.num_positions -= embedding.position_offset;
  model.head.activation = Activation::gelu;
  return model;
}

const FamilyRegistration kFirst{
    {.model_type = "roberta",
     .kind = ModelKind::masked_lm,
     .base = "roberta",
     .architectures = kRoberta,
     .keys = {kBertKeys},
     .describe = describe,
     .parameters = {kBertEmbeddings, kBertAttention, kBertLayers, kRobertaHead}}};
const FamilyRegistration kSecond{
    {.model_type = "xlm-roberta",
     .kind = ModelKind::masked_lm,
     .base = "roberta",
     .architectures = kXlmRoberta,
     .keys = {kBertKeys},
     .describe = describe,
     .parameters = {kBertEmbeddings, kBertAttention, kBertLayers, kRobertaHead}}};

}  // namespace
}  // namespace prospect
