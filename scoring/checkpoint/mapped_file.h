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

  /// Copies bytes that lie in the file without bringing them into the mapping: for who reads a
  /// large file once from end to end, where each touched page costs a fault.
  /// @param to  of the same size. @throws Error (io)
  void copy(std::span<const std::byte> bytes, std::span<std::byte> to) const;

 private:
  MappedFile(std::string path, std::span<const std::byte> bytes, int descriptor)
      : path_(std::move(path)), bytes_(bytes), descriptor_(descriptor) {}

  std::string path_;
  std::span<const std::byte> bytes_;
  int descriptor_ = -1;
};

/// Gives back the memory of a mapped file's bytes, which are read again when touched.
void release_pages(std::span<const std::byte> bytes);

}  // namespace prospect
