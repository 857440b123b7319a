#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace prospect {

/// A tensor of float64, row-major.
struct NamedTensor {
  std::string name;
  std::vector<std::int64_t> shape;
  std::vector<double> values;
};

/// Writes a safetensors file: an 8-byte length, a JSON header, the numbers. Aside and renamed.
/// @throws Error (io); (internal) where a shape and its values do not fit.
void write_safetensors(const std::filesystem::path& path, const std::vector<NamedTensor>& tensors,
                       const std::map<std::string, std::string>& metadata);

}  // namespace prospect
