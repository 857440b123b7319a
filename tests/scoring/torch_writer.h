#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace prospect::test {

/// `value` in `width` bytes, little-endian.
std::string little_endian(std::uint64_t value, std::size_t width);

/// A member of a zip archive; what the archive's directory says of it is open to be spoilt.
struct ZipEntry {
  std::string name, content;
  std::uint16_t method = 0, flags = 0;
};

/// A zip archive of stored members, with ZIP64 records where asked, as torch.save writes them.
std::string zip_archive(const std::vector<ZipEntry>& entries, bool zip64 = false);

/// Pieces of a pickle: each pushes one value.
std::string pickled(std::string_view text);
std::string pickled(std::int64_t integer);
std::string pickled(const std::vector<std::int64_t>& tuple);

/// A tensor as torch.save pickles it.
struct TorchTensor {
  std::string storage_type = "torch FloatStorage";  ///< Module and name.
  std::string key = "0";
  std::int64_t storage_size = 6;  ///< In numbers.
  std::int64_t offset = 0;
  std::vector<std::int64_t> size = {2, 3}, stride = {3, 1};
};
std::string pickled(const TorchTensor& tensor);

/// The pickle of a dict: names and the pickled values.
std::string pickled_dict(const std::vector<std::pair<std::string, std::string>>& items);

/// A whole pickle, of the opcodes that push one value.
std::string whole_pickle(const std::string& opcodes);

/// A file of torch.save: the opcodes of the state dict, the bytes of storages by key.
std::string torch_archive(const std::string& dict,
                          const std::map<std::string, std::string>& storages);

}  // namespace prospect::test
