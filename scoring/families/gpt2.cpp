// GPT-2: Radford et al., "Language Models are Unsupervised Multitask Learners" (2019).
//
// Learned positions, pre-norm, query, key and value in one matrix, matrices stored as [in, out].

#include "scoring/families/detail/layouts.h"
#include "scoring/family.h"
#include "scoring/layers/activation.h"

namespace prospect {
namespace {

constexpr std::string_view kArchitectures[] = {"GPT2LMHeadModel"};

constexpr ConfigRow kKeys[] = {
    {"vocab_size", ConfigUse::reads},
    {"n_positions", ConfigUse::reads},
    {"n_embd", ConfigUse::reads},
    {"n_layer", ConfigUse::reads},
    {"n_head", ConfigUse::reads},
    {"n_inner", ConfigUse::reads},
    {"activation_function", ConfigUse::reads},
    {"layer_norm_epsilon", ConfigUse::reads},
    {"scale_attn_weights", ConfigUse::reads},
    {"scale_attn_by_inverse_layer_idx", ConfigUse::reads},
    {"reorder_and_upcast_attn"},  // the same numbers in float32
    {"n_ctx"},
    {"attn_pdrop"},
    {"embd_pdrop"},
    {"resid_pdrop"},
    {"predict_special_tokens"},
    {"summary_activation"},
    {"summary_first_dropout"},
    {"summary_proj_to_labels"},
    {"summary_type"},
    {"summary_use_proj"},
};

Description describe(const ModelConfig& config) {
  Description model{.vocab_size = config.integer("vocab_size", 1, 1 << 24),
                    .num_positions = config.integer("n_positions", 1, 1 << 20)};
  model.stack =
      read_stack(config, {.hidden = "n_embd", .inner = {}, .heads = "n_head", .layers = "n_layer"});
  StackDescription& stack = model.stack;
  stack.inner_size = config.integer_or("n_inner", 1, 1 << 18, 4 * stack.hidden_size);
  stack.reading = Reading::causal;
  stack.activation = read_activation(config, "activation_function", "gelu_new");
  stack.placement = NormPlacement::pre;
  stack.norm_epsilon = config.number_or("layer_norm_epsilon", 0, 1, 1e-5);
  stack.final_norm = true;
  const bool scaled = config.boolean_or("scale_attn_weights", true);
  const bool by_layer = config.boolean_or("scale_attn_by_inverse_layer_idx", false);
  for (std::size_t i = 0; i < stack.layers.size(); ++i) {
    double& scale = stack.layers[i].score_scale;
    if (!scaled) scale = 1;
    if (by_layer) scale /= static_cast<double>(i + 1);
  }
  model.embedding.size = stack.hidden_size;
  model.embedding.positions = EmbeddingDescription::Positions::learned;
  model.head.rows = read_output_rows(config, true);
  return model;
}

// clang-format off
constexpr ParameterRow kRows[] = {
    // checkpoint                        ours                            shape    at load
    {"{base}.wte.weight",                "embed.token.weight",           "V D"},
    {"{base}.wpe.weight",                "embed.position.weight",        "P D"},
    {"{base}.h.{i}.ln_1.weight",         "stack.layer.{i}.norm1.scale",  "D"},
    {"{base}.h.{i}.ln_1.bias",           "stack.layer.{i}.norm1.shift",  "D"},
    {"{base}.h.{i}.attn.c_attn.weight",  "stack.layer.{i}.joint.weight", "D 3D",  AtLoad::transpose},
    {"{base}.h.{i}.attn.c_attn.bias",    "stack.layer.{i}.joint.bias",   "3D"},
    {"{base}.h.{i}.attn.c_proj.weight",  "stack.layer.{i}.mix.weight",   "D D",   AtLoad::transpose},
    {"{base}.h.{i}.attn.c_proj.bias",    "stack.layer.{i}.mix.bias",     "D"},
    {"{base}.h.{i}.ln_2.weight",         "stack.layer.{i}.norm2.scale",  "D"},
    {"{base}.h.{i}.ln_2.bias",           "stack.layer.{i}.norm2.shift",  "D"},
    {"{base}.h.{i}.mlp.c_fc.weight",     "stack.layer.{i}.inner.weight", "D F",   AtLoad::transpose},
    {"{base}.h.{i}.mlp.c_fc.bias",       "stack.layer.{i}.inner.bias",   "F"},
    {"{base}.h.{i}.mlp.c_proj.weight",   "stack.layer.{i}.outer.weight", "F D",   AtLoad::transpose},
    {"{base}.h.{i}.mlp.c_proj.bias",     "stack.layer.{i}.outer.bias",   "D"},
    {"{base}.ln_f.weight",               "stack.norm.scale",             "D"},
    {"{base}.ln_f.bias",                 "stack.norm.shift",             "D"},
    {"lm_head.weight",                   "head.output.weight",           "V D",   AtLoad::keep, Need::unless_tied},
};
// clang-format on

const FamilyRegistration kGpt2{{.model_type = "gpt2",
                                .kind = ModelKind::causal_lm,
                                .base = "transformer",
                                .architectures = kArchitectures,
                                .keys = {kKeys},
                                .describe = describe,
                                .parameters = {kRows}}};

}  // namespace
}  // namespace prospect
