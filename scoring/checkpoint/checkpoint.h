#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "scoring/checkpoint/safetensors.h"

namespace prospect {

/// The weights of a Hugging Face folder: `model.safetensors`, or the shards that
/// `model.safetensors.index.json` names. Nothing is converted here.
class Checkpoint {
 public:
  /// @throws Error (io, model) for a damaged file, a missing shard, a tensor that stands in two
  /// files or is not in the file that the index names; (unsupported) where there are only pickles.
  static Checkpoint open(const std::filesystem::path& folder);

  /// All tensors, by name.
  const std::map<std::string, StoredTensor>& tensors() const { return tensors_; }
  const std::string& folder() const { return folder_; }

  /// 16 hexadecimal digits made of every tensor's name, type, shape and bytes; the same however the
  /// tensors are spread over files. Reads all of them.
  std::string fingerprint() const;

 private:
  void add(const std::filesystem::path& path);
  void add_shards(const std::filesystem::path& index);

  std::string folder_;
  std::map<std::string, StoredTensor> tensors_;
};

}  // namespace prospect
