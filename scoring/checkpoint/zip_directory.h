#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>

#include "scoring/checkpoint/mapped_file.h"

namespace prospect {

/// A member of a zip archive as it lies in the file.
struct ZipMember {
  std::span<const std::byte> bytes;
  bool is_stored = true;  ///< Neither compressed nor encrypted: the bytes are the member's own.
};

/// The members of a zip archive by name. ZIP64 is read.
///
/// @throws Error (model) for an archive that is cut off or damaged, or holds a name twice.
std::map<std::string, ZipMember> read_zip_directory(const MappedFile& file);

}  // namespace prospect
