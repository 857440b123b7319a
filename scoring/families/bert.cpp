// BERT: Devlin, Chang, Lee and Toutanova, "BERT: Pre-training of Deep Bidirectional Transformers
// for Language Understanding" (2019), with its masked-LM head.
//
// Covered: learned absolute positions, token types, post-norm, an output matrix that is the input
// embedding or its own. Published files come in several forms: norms named gamma and beta, names
// without the prefix `bert.`, the output's rows and bias present or left to be tied.

#include "scoring/families/detail/layouts.h"
#include "scoring/family.h"

namespace prospect {
namespace {

constexpr std::string_view kArchitectures[] = {"BertForMaskedLM", "BertForPreTraining"};

constexpr ConfigRow kKeys[] = {
    {"directionality", ConfigUse::only, "\"bidi\""},
    {"pooler_fc_size"},
    {"pooler_num_attention_heads"},
    {"pooler_num_fc_layers"},
    {"pooler_size_per_head"},
    {"pooler_type"},
};

// clang-format off
constexpr ParameterRow kHead[] = {
    // checkpoint                                  ours                     shape
    {"cls.predictions.transform.dense.weight",     "head.transform.weight", "D D"},
    {"cls.predictions.transform.dense.bias",       "head.transform.bias",   "D"},
    {"cls.predictions.transform.LayerNorm.weight", "head.norm.scale",       "D"},
    {"cls.predictions.transform.LayerNorm.bias",   "head.norm.shift",       "D"},
    {"cls.predictions.bias",                       "head.output.bias",      "V"},
    {"cls.predictions.decoder.weight",             "head.output.weight",    "V D", AtLoad::keep, Need::unless_tied},
    {"cls.predictions.decoder.bias",               "head.output.own.bias",  "V",   AtLoad::keep, Need::if_present},
};
// clang-format on

const FamilyRegistration kBert{
    {.model_type = "bert",
     .kind = ModelKind::masked_lm,
     .base = "bert",
     .architectures = kArchitectures,
     .keys = {kBertKeys, kKeys},
     .describe = describe_bert,
     .parameters = {kBertEmbeddings, kBertAttention, kBertLayers, kHead}}};

}  // namespace
}  // namespace prospect
