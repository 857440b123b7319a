#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scoring/checkpoint/mapped_file.h"

namespace prospect {

/// How the numbers of a tensor lie in a file. Only the floating types below serve as weights; the
/// others are known so that a file holding them can be read.
enum class StoredType { float32, float16, bfloat16, other };

/// A tensor as a file holds it: row-major, little-endian.
struct StoredTensor {
  std::string name;
  std::string type_name;  ///< As the file writes it: `F32`, `I64`.
  StoredType type = StoredType::other;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;
  std::shared_ptr<const MappedFile> file;  ///< Keeps `bytes` alive.
};

/// `[30522, 768]`.
std::string shape_text(std::span<const std::int64_t> shape);

/// Reads the header of a safetensors file and checks it against the file: its length, its JSON,
/// every type, shape and pair of offsets; the tensors must cover the data without overlap or hole.
/// The numbers themselves are not touched.
///
/// @return tensors in the order in which they lie.
/// @throws Error (model) naming the file, the tensor, and what is wrong with it.
/// Source: the format's description, github.com/huggingface/safetensors.
std::vector<StoredTensor> read_safetensors(std::shared_ptr<const MappedFile> file);

}  // namespace prospect
