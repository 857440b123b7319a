#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace prospect::detail {

/// The content of a data file, checked to be UTF-8 without NUL bytes and not empty.
/// @throws Error (io, input) naming `path:line`.
std::string read_data_text(const std::filesystem::path& path);

/// `path:line`.
std::string place(const std::filesystem::path& path, std::size_t line);

/// @throws Error (input) when a row's `size` in bytes is above what any example may have (16 MiB):
/// then the file is most likely not what its name says.
void check_row_size(const std::filesystem::path& path, std::size_t line, std::size_t size);

/// A line of text, without and with its end (`\n` or `\r\n`).
struct Line {
  std::size_t number = 0;  ///< From 1.
  std::string_view text, raw;
};

/// The lines of `content` without the blank ones at its end.
/// @throws Error (input) for a line that is too long.
std::vector<Line> split_lines(std::string_view content, const std::filesystem::path& path);

}  // namespace prospect::detail
