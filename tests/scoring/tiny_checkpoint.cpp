#include "tests/scoring/tiny_checkpoint.h"

#include <cstring>

#include "core/files.h"
#include "core/rng.h"
#include "core/text.h"

namespace prospect::test {
namespace {

constexpr std::int64_t kHidden = 16, kInner = 24, kPositions = 32, kLayers = 2;

// Large enough weights that outputs differ much between words.
TinyTensor random_tensor(std::vector<std::int64_t> shape, const std::string& name) {
  Rng rng(7, name);
  std::int64_t count = 1;
  for (const auto size : shape) count *= size;
  std::vector<float> values(static_cast<std::size_t>(count));
  const bool scale = name.ends_with("LayerNorm.weight");
  for (auto& value : values)
    value = static_cast<float>(scale ? 0.8 + 0.4 * rng.uniform() : 0.9 * (rng.uniform() - 0.5));
  TinyTensor tensor{.shape = std::move(shape)};
  tensor.bytes.resize(values.size() * sizeof(float));
  std::memcpy(tensor.bytes.data(), values.data(), tensor.bytes.size());
  return tensor;
}

std::vector<std::string> words() {
  return {"[PAD]", "[UNK]",  "[CLS]", "[SEP]", "[MASK]", ".",     ",",    "the",  "movie",
          "film",  "was",    "is",    "it",    "great",  "good",  "bad",  "dull", "fun",
          "##ly",  "##ness", "happy", "sad",   "and",    "a",     "very", "not",  "plot",
          "actor", "story",  "slow",  "fast",  "music",  "sound", "end",  "un",   "##happy"};
}

}  // namespace

std::string safetensors(const std::string& header, const std::string& data) {
  std::string file(8, '\0');
  for (std::size_t i = 0; i < 8; ++i)
    file[i] = static_cast<char>(static_cast<std::uint64_t>(header.size()) >> (8 * i) & 0xFF);
  return file + header + data;
}

std::string safetensors(const std::map<std::string, TinyTensor>& tensors) {
  Json header = {{"__metadata__", {{"format", "pt"}}}};
  std::string data;
  for (const auto& [name, tensor] : tensors) {
    const std::size_t begin = data.size();
    data += tensor.bytes;
    header[name] = {
        {"dtype", tensor.type}, {"shape", tensor.shape}, {"data_offsets", {begin, data.size()}}};
  }
  return safetensors(header.dump(), data);
}

TinyCheckpoint::TinyCheckpoint() : vocabulary(words()) {
  const auto size = static_cast<std::int64_t>(vocabulary.size());
  config = {{"model_type", "bert"},
            {"architectures", {"BertForMaskedLM"}},
            {"vocab_size", size},
            {"hidden_size", kHidden},
            {"num_hidden_layers", kLayers},
            {"num_attention_heads", 2},
            {"intermediate_size", kInner},
            {"hidden_act", "gelu"},
            {"max_position_embeddings", kPositions},
            {"type_vocab_size", 2},
            {"layer_norm_eps", 1e-12}};
  const auto add = [&](const std::string& name, std::vector<std::int64_t> shape) {
    tensors[name] = random_tensor(std::move(shape), name);
  };
  const auto add_linear = [&](const std::string& name, std::int64_t out, std::int64_t in) {
    add(name + ".weight", {out, in});
    add(name + ".bias", {out});
  };
  const auto add_norm = [&](const std::string& name) {
    add(name + ".weight", {kHidden});
    add(name + ".bias", {kHidden});
  };
  add("bert.embeddings.word_embeddings.weight", {size, kHidden});
  add("bert.embeddings.position_embeddings.weight", {kPositions, kHidden});
  add("bert.embeddings.token_type_embeddings.weight", {2, kHidden});
  add_norm("bert.embeddings.LayerNorm");
  for (std::int64_t i = 0; i < kLayers; ++i) {
    const std::string layer = "bert.encoder.layer." + std::to_string(i);
    for (const char* name : {"query", "key", "value"})
      add_linear(layer + ".attention.self." + name, kHidden, kHidden);
    add_linear(layer + ".attention.output.dense", kHidden, kHidden);
    add_norm(layer + ".attention.output.LayerNorm");
    add_linear(layer + ".intermediate.dense", kInner, kHidden);
    add_linear(layer + ".output.dense", kHidden, kInner);
    add_norm(layer + ".output.LayerNorm");
  }
  add_linear("cls.predictions.transform.dense", kHidden, kHidden);
  add_norm("cls.predictions.transform.LayerNorm");
  add("cls.predictions.bias", {size});
}

std::filesystem::path TinyCheckpoint::write(const std::filesystem::path& folder) const {
  write_file(folder / "config.json", config.dump());
  write_file(folder / "model.safetensors", safetensors(tensors));
  write_file(folder / "vocab.txt", join(vocabulary, "\n") + "\n");
  write_file(folder / "tokenizer_config.json",
             R"({"tokenizer_class": "BertTokenizer", "do_lower_case": true,
                 "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]",
                 "pad_token": "[PAD]", "mask_token": "[MASK]"})");
  return folder;
}

std::vector<Example> tiny_examples(std::size_t count) {
  const std::vector<std::string> texts = {
      "the movie was good and the music was great",
      "dull",
      "it is not a fun film , it is slow",
      "the plot is fast",
      "a sad , sad story and a happy end . the actor was very , very good",
      "bad sound",
      "the film was not bad",
      "good"};
  std::vector<Example> examples;
  for (std::size_t i = 0; i < count; ++i) {
    std::string text = texts[i % texts.size()];
    if (i >= texts.size()) text += " and it was " + texts[(i / texts.size()) % texts.size()];
    const auto label = static_cast<std::int32_t>(i % 2);
    examples.push_back({.id = "x" + std::to_string(i),
                        .fields = {{"text", text}},
                        .label = label,
                        .gold = label == 0 ? "bad" : "good"});
  }
  return examples;
}

}  // namespace prospect::test
