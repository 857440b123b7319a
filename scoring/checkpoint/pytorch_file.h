#pragma once

#include <memory>
#include <vector>

#include "scoring/checkpoint/safetensors.h"

namespace prospect {

/// Reads a state dict that torch.save wrote: the zip archive since PyTorch 1.6, or the row of
/// pickles before it. Nothing in the file is executed.
///
/// The file holds one dict, names to tensors. Numbers, texts and None beside the tensors are passed
/// over; other containers, as in `{"state_dict": {...}}`, are refused. Tensors may share a storage.
/// A tensor in row-major order keeps its bytes in the file, any other is copied into that order,
/// and the copy lives as long as its `file`.
///
/// @return tensors in the order of the dict, type names as safetensors writes them.
/// @throws Error (model) for a damaged file; (unsupported) naming what a state dict does not need
/// (a function to call, a sparse or quantised tensor, TorchScript, a big-endian file, a tar
/// archive). Source: torch/serialization.py and torch/_utils.py, github.com/pytorch/pytorch.
std::vector<StoredTensor> read_pytorch_file(std::shared_ptr<const MappedFile> file);

}  // namespace prospect
