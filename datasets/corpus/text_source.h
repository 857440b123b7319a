#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

namespace prospect::detail {

/// Bytes of a file from its start to its end, unpacked where it is packed with xz.
class TextSource {
 public:
  virtual ~TextSource() = default;
  /// Appends up to `most` bytes. @return false when nothing was left.
  /// @throws Error (io, input) naming the path.
  virtual bool read(std::string& into, std::size_t most) = 0;
};

/// The path may start with `${PROSPECT_DATA}`. Packed files are told apart by the file's first
/// bytes, not by its name.
/// @throws Error (io) when the file cannot be opened, (input) when it is a folder.
std::unique_ptr<TextSource> open_text_source(const std::filesystem::path& path);

}  // namespace prospect::detail
