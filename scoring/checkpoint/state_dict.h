#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "scoring/checkpoint/pickle.h"
#include "scoring/checkpoint/safetensors.h"

namespace prospect {

/// The bytes of storages by their keys.
using Storages = std::map<std::string, std::span<const std::byte>>;

/// Whether a state dict needs this global: a function that makes a tensor, or a type of numbers.
bool may_stand_in_state_dict(std::string_view global);

/// What a tensor's pickle says of its storage.
struct StorageId {
  std::string key;
  std::string type;            ///< `FloatStorage`.
  std::uint64_t num_elements;  ///< Of `type`.
  std::uint64_t element_size;  ///< In bytes.
  std::uint64_t offset = 0;    ///< Of the part that serves, in elements: a view's.
  std::uint64_t num_bytes() const { return num_elements * element_size; }
};

/// @throws Error (model) where the identifier is not one that torch.save writes.
StorageId read_storage_id(const PickleValue& persistent, const std::string& where);

/// The tensors of a state dict. @throws Error as `read_pytorch_file`.
std::vector<StoredTensor> read_state_dict(const PickleValue& dict, const Storages& storages,
                                          const std::shared_ptr<const MappedFile>& file);

}  // namespace prospect
