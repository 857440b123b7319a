#include "scoring/families/detail/layouts.h"

#include <cmath>

#include "core/error.h"
#include "scoring/layers/activation.h"

namespace prospect {

OutputRows read_output_rows(const ModelConfig& config, bool tied) {
  return config.boolean_or("tie_word_embeddings", tied) ? OutputRows::tied : OutputRows::own;
}

StackDescription read_stack(const ModelConfig& config, const SizeKeys& keys) {
  StackDescription stack;
  stack.hidden_size = config.integer(keys.hidden, 1, 1 << 16);
  if (!keys.inner.empty()) stack.inner_size = config.integer(keys.inner, 1, 1 << 18);
  stack.num_heads = stack.num_kv_heads = config.integer(keys.heads, 1, 1 << 12);
  stack.head_size = stack.hidden_size / stack.num_heads;
  stack.layers.assign(static_cast<std::size_t>(config.integer(keys.layers, 1, 1024)),
                      {.score_scale = 1 / std::sqrt(static_cast<double>(stack.head_size))});
  return stack;
}

Description describe_bert(const ModelConfig& config) {
  Description model{.vocab_size = config.integer("vocab_size", 1, 1 << 24),
                    .num_positions = config.integer("max_position_embeddings", 1, 1 << 20)};
  model.stack = read_stack(config);
  StackDescription& stack = model.stack;
  stack.activation = read_activation(config, "hidden_act");
  stack.norm_epsilon = config.number_or("layer_norm_eps", 0, 1, 1e-12);
  model.embedding.size = stack.hidden_size;
  model.embedding.positions = EmbeddingDescription::Positions::learned;
  model.embedding.num_segments = config.integer_or("type_vocab_size", 0, 1 << 10, 2);
  model.embedding.norm = true;
  model.head = {
      .transform = true, .activation = stack.activation, .rows = read_output_rows(config, true)};
  return model;
}

Description describe_llama(const ModelConfig& config, const LlamaDefaults& defaults) {
  Description model{.vocab_size = config.integer("vocab_size", 1, 1 << 24),
                    .num_positions = config.integer("max_position_embeddings", 1, 1 << 26)};
  model.stack = read_stack(config);
  StackDescription& stack = model.stack;
  const std::int64_t kv = defaults.num_kv_heads > 0 ? defaults.num_kv_heads : stack.num_heads;
  stack.num_kv_heads = config.integer_or("num_key_value_heads", 1, 1 << 12, kv);
  const std::int64_t head = defaults.head_size > 0 ? defaults.head_size : stack.head_size;
  stack.head_size = config.integer_or("head_dim", 1, 1 << 12, head);
  for (auto& layer : stack.layers)
    layer = {.score_scale = 1 / std::sqrt(static_cast<double>(stack.head_size)), .rotary = 0};
  stack.reading = Reading::causal;
  stack.activation = read_activation(config, defaults.activation_key, defaults.activation);
  stack.gated = true;
  stack.norm = NormKind::rms;
  stack.placement = NormPlacement::pre;
  stack.norm_epsilon = config.number_or("rms_norm_eps", 0, 1, defaults.rms_epsilon);
  stack.final_norm = true;
  model.embedding.size = stack.hidden_size;
  model.head.rows = read_output_rows(config, defaults.tied);
  if (config.boolean_or("attention_bias", false)) model.features = {"input_bias", "mix_bias"};
  return model;
}

std::vector<bool> read_sliding_layers(const ModelConfig& config, std::int64_t num_layers,
                                      const std::vector<bool>& otherwise) {
  if (!config.has("layer_types")) return otherwise;
  const std::string where = config.where() + "#/layer_types";
  const Json& types = config.json()["layer_types"];
  if (!types.is_array() || static_cast<std::int64_t>(types.size()) != num_layers)
    fail(ErrorKind::model, where, "expected a list with one type for each of ", num_layers,
         " layers");
  std::vector<bool> sliding;
  for (const Json& type : types) {
    if (type != "full_attention" && type != "sliding_attention")
      fail(ErrorKind::unsupported, where, "expected full_attention or sliding_attention, found ",
           dump_json(type));
    sliding.push_back(type == "sliding_attention");
  }
  return sliding;
}

}  // namespace prospect
