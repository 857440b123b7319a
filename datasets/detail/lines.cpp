#include "datasets/detail/lines.h"

#include <algorithm>

#include "core/error.h"
#include "core/files.h"

namespace prospect::detail {
namespace {

constexpr std::size_t kMaxRowBytes = std::size_t{16} << 20;

}  // namespace

std::string read_data_text(const std::filesystem::path& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    fail(ErrorKind::input, path.string(), "expected a data file, found a folder");
  std::string content = read_text_file(path);
  if (content.empty()) fail(ErrorKind::input, place(path, 1), "expected rows, found an empty file");
  if (const auto nul = content.find('\0'); nul != std::string::npos) {
    const auto end = content.begin() + static_cast<std::ptrdiff_t>(nul);
    const auto line = static_cast<std::size_t>(std::count(content.begin(), end, '\n')) + 1;
    fail(ErrorKind::input, place(path, line),
         "expected text, found a NUL byte; is the file binary, or UTF-16?");
  }
  return content;
}

std::string place(const std::filesystem::path& path, std::size_t line) {
  return path.string() + ":" + std::to_string(line);
}

void check_row_size(const std::filesystem::path& path, std::size_t line, std::size_t size) {
  if (size > kMaxRowBytes)
    fail(ErrorKind::input, place(path, line), "expected rows of at most ", kMaxRowBytes,
         " bytes, found one of ", size, "; is a line break missing?");
}

std::vector<Line> split_lines(std::string_view content, const std::filesystem::path& path) {
  std::vector<Line> lines;
  for (std::size_t begin = 0; begin < content.size();) {
    const std::size_t newline = content.find('\n', begin);
    const std::size_t end = newline == std::string_view::npos ? content.size() : newline + 1;
    const std::string_view raw = content.substr(begin, end - begin);
    std::string_view text = raw;
    if (text.ends_with('\n')) text.remove_suffix(1);
    if (text.ends_with('\r')) text.remove_suffix(1);
    lines.push_back({lines.size() + 1, text, raw});
    check_row_size(path, lines.size(), raw.size());
    begin = end;
  }
  while (!lines.empty() && lines.back().text.empty()) lines.pop_back();
  return lines;
}

}  // namespace prospect::detail
