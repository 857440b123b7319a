#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace prospect {

/// The whole content of a file.
/// @throws Error (io) naming the path and the operating system's reason.
std::string read_file(const std::filesystem::path& path);

/// As `read_file`, for text: a byte-order mark at the start is dropped.
/// @throws Error (input) when the content is not valid UTF-8; the place is `path:line`.
std::string read_text_file(const std::filesystem::path& path);

/// Writes a file aside and renames it into place, so that a reader sees the old content or the
/// new, never a part. Missing parent folders are made. A link stays a link; a pipe or device is
/// written to directly. Threads may write one file at once: one of the contents stays.
/// @throws Error (io) naming the path and the operating system's reason; then the old file stands.
void write_file(const std::filesystem::path& path, std::string_view content);

}  // namespace prospect
