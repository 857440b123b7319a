#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace prospect {

/// A file's bytes, read-only, brought into memory by the operating system as they are touched.
class MappedFile {
 public:
  /// @throws Error (io) naming the path and the operating system's reason.
  static std::shared_ptr<const MappedFile> open(const std::filesystem::path& path);

  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return bytes_; }
  const std::string& path() const { return path_; }

  /// Whether bytes lie in the file, and not in a copy of a part of it.
  bool holds(std::span<const std::byte> bytes) const;

 private:
  MappedFile(std::string path, std::span<const std::byte> bytes)
      : path_(std::move(path)), bytes_(bytes) {}

  std::string path_;
  std::span<const std::byte> bytes_;
};

/// Gives back the memory of a mapped file's bytes, which are read again when touched.
void release_pages(std::span<const std::byte> bytes);

}  // namespace prospect
