#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/json.h"
#include "core/task.h"

namespace prospect::test {

/// A tensor to be written to a safetensors file.
struct TinyTensor {
  std::string type = "F32";
  std::vector<std::int64_t> shape;
  std::string bytes;
};

/// A file of the safetensors format. @param header  in place of the one that fits the tensors.
std::string safetensors(const std::map<std::string, TinyTensor>& tensors);
std::string safetensors(const std::string& header, const std::string& data);

/// A BERT of two layers and 16 dimensions with fixed pseudo-random weights, a few dozen words, and
/// everything open to be spoilt before it is written.
struct TinyCheckpoint {
  TinyCheckpoint();

  Json config;
  std::map<std::string, TinyTensor> tensors;
  std::vector<std::string> vocabulary;

  /// Writes config.json, model.safetensors, vocab.txt and tokenizer_config.json.
  std::filesystem::path write(const std::filesystem::path& folder) const;
};

/// Examples with one field, `text`, of different lengths; labels 0 and 1 by turns.
std::vector<Example> tiny_examples(std::size_t count);

}  // namespace prospect::test
