#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "scoring/checkpoint/safetensors.h"

namespace prospect {

/// The weights of a Hugging Face folder: the first that is there of `model.safetensors`, the shards
/// that `model.safetensors.index.json` names, `pytorch_model.bin`, and the shards that
/// `pytorch_model.bin.index.json` names. Nothing is converted here.
class Checkpoint {
 public:
  /// @throws Error (io, model) for a damaged file, a missing shard, a tensor that stands in two
  /// files or is not in the file that the index names; (unsupported) for a pickle that holds more
  /// than a state dict.
  static Checkpoint open(const std::filesystem::path& folder);

  /// Reads the tensors of one file.
  using Reader = std::vector<StoredTensor> (*)(std::shared_ptr<const MappedFile>);

  /// All tensors, by name.
  const std::map<std::string, StoredTensor>& tensors() const { return tensors_; }
  const std::string& folder() const { return folder_; }

  /// 16 hexadecimal digits made of every tensor's name, type, shape and bytes; the same however the
  /// tensors are spread over files. Reads all of them.
  std::string fingerprint() const;

 private:
  void add(const std::filesystem::path& path, Reader read);
  void add_shards(const std::filesystem::path& index, Reader read);

  std::string folder_;
  std::map<std::string, StoredTensor> tensors_;
};

}  // namespace prospect
