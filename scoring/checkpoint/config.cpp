#include "scoring/checkpoint/config.h"

#include <algorithm>
#include <array>

#include "core/error.h"

namespace prospect {
namespace {

// Keys that every configuration of the reference library may carry.
constexpr std::array kShared = {
    ConfigRow{"model_type", ConfigUse::reads},
    ConfigRow{"architectures", ConfigUse::reads},
    ConfigRow{"tie_word_embeddings", ConfigUse::reads},
    // What would make another model of it.
    ConfigRow{"is_encoder_decoder", ConfigUse::only, "false"},
    ConfigRow{"add_cross_attention", ConfigUse::only, "false"},
    ConfigRow{"tie_encoder_decoder", ConfigUse::only, "false"},
    ConfigRow{"pruned_heads", ConfigUse::only, "{}"},
    ConfigRow{"cross_attention_hidden_size", ConfigUse::only, "null"},
    ConfigRow{"quantization_config", ConfigUse::only, "null"},
    ConfigRow{"auto_map", ConfigUse::only, "null"},
    // Names and versions.
    ConfigRow{"_name_or_path"},
    ConfigRow{"name_or_path"},
    ConfigRow{"transformers_version"},
    ConfigRow{"_commit_hash"},
    ConfigRow{"tokenizer_class"},
    ConfigRow{"language"},
    // How the reference stores, runs and returns; never what it computes.
    ConfigRow{"torch_dtype"},
    ConfigRow{"dtype"},
    ConfigRow{"torchscript"},
    ConfigRow{"use_bfloat16"},
    ConfigRow{"use_cache"},
    ConfigRow{"return_dict"},
    ConfigRow{"output_hidden_states"},
    ConfigRow{"output_attentions"},
    ConfigRow{"output_past"},
    ConfigRow{"gradient_checkpointing"},
    ConfigRow{"chunk_size_feed_forward"},
    ConfigRow{"_attn_implementation"},
    ConfigRow{"_attn_implementation_autoset"},
    ConfigRow{"attn_implementation"},
    // Training.
    ConfigRow{"initializer_range"},
    ConfigRow{"initializer_factor"},
    // Heads for other tasks, and generation.
    ConfigRow{"id2label"},
    ConfigRow{"label2id"},
    ConfigRow{"num_labels"},
    ConfigRow{"_num_labels"},
    ConfigRow{"problem_type"},
    ConfigRow{"finetuning_task"},
    ConfigRow{"task_specific_params"},
    ConfigRow{"prefix"},
    ConfigRow{"bos_token_id"},
    ConfigRow{"eos_token_id"},
    ConfigRow{"sep_token_id"},
    ConfigRow{"cls_token_id"},
    ConfigRow{"mask_token_id"},
    ConfigRow{"unk_token_id"},
    ConfigRow{"decoder_start_token_id"},
    ConfigRow{"max_length"},
    ConfigRow{"min_length"},
    ConfigRow{"do_sample"},
    ConfigRow{"num_beams"},
    ConfigRow{"pad_token_id"},
    ConfigRow{"temperature"},
    ConfigRow{"top_k"},
    ConfigRow{"top_p"},
    ConfigRow{"typical_p"},
    ConfigRow{"repetition_penalty"},
    ConfigRow{"length_penalty"},
    ConfigRow{"diversity_penalty"},
    ConfigRow{"no_repeat_ngram_size"},
    ConfigRow{"encoder_no_repeat_ngram_size"},
    ConfigRow{"bad_words_ids"},
    ConfigRow{"num_return_sequences"},
    ConfigRow{"num_beam_groups"},
    ConfigRow{"early_stopping"},
    ConfigRow{"output_scores"},
    ConfigRow{"return_dict_in_generate"},
    ConfigRow{"forced_bos_token_id"},
    ConfigRow{"forced_eos_token_id"},
    ConfigRow{"remove_invalid_values"},
    ConfigRow{"exponential_decay_length_penalty"},
    ConfigRow{"suppress_tokens"},
    ConfigRow{"begin_suppress_tokens"},
};

const ConfigRow* find_row(std::span<const ConfigRow> rows, std::string_view key) {
  const auto row = std::find_if(rows.begin(), rows.end(),
                                [&](const ConfigRow& known) { return known.key == key; });
  return row == rows.end() ? nullptr : &*row;
}

// A value in a message, cut where it is long.
std::string shown(const Json& value) {
  constexpr std::size_t kLongest = 80;
  const std::string text = dump_json(value);
  return text.size() <= kLongest ? text : text.substr(0, kLongest) + "...";
}

// Runs `read`, turning an error about the user's input into one about the model.
template <class Read>
auto as_model(Read&& read) {
  try {
    return read();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::input) throw;
    throw Error(ErrorKind::model, error.where(), error.message());
  }
}

}  // namespace

ModelConfig::ModelConfig(const std::filesystem::path& path) : where_(path.string()) {
  json_ = as_model([&] { return read_json_file(path); });
  if (!json_.is_object())
    fail(ErrorKind::model, where_, "expected an object, found ", json_.type_name());
}

void ModelConfig::check_keys(const ConfigRows& rows) const {
  std::string unknown, refused;
  for (const auto& [key, value] : json_.items()) {
    const ConfigRow* row = nullptr;
    for (const auto& list : rows)
      if (row == nullptr) row = find_row(list, key);
    if (row == nullptr) row = find_row(kShared, key);
    if (row == nullptr) {
      unknown += (unknown.empty() ? "" : ", ") + dump_json(key) + ": " + shown(value);
    } else if (row->use == ConfigUse::only && !value.is_null() &&
               value != Json::parse(row->value)) {
      refused += (refused.empty() ? "" : ", ") + dump_json(key) + ": " + shown(value) +
                 " (supported: " + std::string(row->value) + ")";
    }
  }
  if (!refused.empty())
    fail(ErrorKind::unsupported, where_, "values that prospect does not compute: ", refused);
  if (!unknown.empty())
    fail(ErrorKind::unsupported, where_,
         "unknown keys, which may change what is computed: ", unknown,
         "; remove those that do not");
}

void ModelConfig::check_architecture(std::span<const std::string_view> supported) const {
  if (!has("architectures")) return;
  const auto names =
      as_model([&] { return JsonReader(json_, where_).at("architectures").strings(); });
  std::string found, known;
  for (const auto& name : names) {
    if (std::find(supported.begin(), supported.end(), name) != supported.end()) return;
    found += (found.empty() ? "" : ", ") + name;
  }
  for (const auto name : supported) known.append(known.empty() ? "" : " or ").append(name);
  fail(ErrorKind::unsupported, where_ + "#/architectures", "expected ", known, ", found ",
       found.empty() ? "an empty list" : found);
}

bool ModelConfig::has(std::string_view key) const {
  const auto at = json_.find(std::string(key));
  return at != json_.end() && !at->is_null();
}

std::string ModelConfig::string(std::string_view key) const {
  return as_model([&] { return JsonReader(json_, where_).at(key).string(); });
}

std::int64_t ModelConfig::integer(std::string_view key, std::int64_t least,
                                  std::int64_t most) const {
  return as_model([&] { return JsonReader(json_, where_).at(key).integer(least, most); });
}

std::string ModelConfig::string_or(std::string_view key, std::string_view otherwise) const {
  return has(key) ? string(key) : std::string(otherwise);
}

std::int64_t ModelConfig::integer_or(std::string_view key, std::int64_t least, std::int64_t most,
                                     std::int64_t otherwise) const {
  return has(key) ? integer(key, least, most) : otherwise;
}

double ModelConfig::number_or(std::string_view key, double least, double most,
                              double otherwise) const {
  if (!has(key)) return otherwise;
  const double value = as_model([&] { return JsonReader(json_, where_).at(key).number(); });
  if (value < least || value > most)
    fail(ErrorKind::model, where_ + "#/" + std::string(key), "expected a number from ", least,
         " to ", most, ", found ", value);
  return value;
}

bool ModelConfig::boolean_or(std::string_view key, bool otherwise) const {
  if (!has(key)) return otherwise;
  return as_model([&] { return JsonReader(json_, where_).at(key).boolean(); });
}

}  // namespace prospect
