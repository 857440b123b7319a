// Llama: Touvron et al., "LLaMA" and "Llama 2" (2023); Grattafiori et al., "The Llama 3 Herd of
// Models" (2024). TinyLlama, SmolLM and many others are this.
//
// Rotary positions with all their scalings, RMS norms before each part, gated feed-forward nets,
// key and value heads shared by groups of query heads.

#include "scoring/families/detail/layouts.h"
#include "scoring/families/detail/rope.h"
#include "scoring/family.h"

namespace prospect {
namespace {

constexpr std::string_view kArchitectures[] = {"LlamaForCausalLM"};

constexpr ConfigRow kKeys[] = {
    {"mlp_bias", ConfigUse::reads},
    {"rope_interleaved", ConfigUse::only, "false"},
    {"is_llama_config"},
    {"max_sequence_length"},
};

Description describe(const ModelConfig& config) {
  Description model = describe_llama(config, {});
  model.stack.rotaries = {read_rotary(config, {.head_size = model.stack.head_size})};
  model.num_positions = rotary_positions(config, model.stack.rotaries.front());
  if (config.boolean_or("mlp_bias", false)) model.features.insert("inner_bias");
  return model;
}

const FamilyRegistration kLlama{{.model_type = "llama",
                                 .kind = ModelKind::causal_lm,
                                 .base = "model",
                                 .architectures = kArchitectures,
                                 .keys = {kLlamaKeys, kKeys},
                                 .describe = describe,
                                 .parameters = {kLlamaRows, kLlamaNorms}}};

}  // namespace
}  // namespace prospect
