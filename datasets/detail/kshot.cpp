#include "datasets/detail/kshot.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/error.h"
#include "core/files.h"
#include "core/text.h"

namespace prospect::detail {
namespace {

namespace fs = std::filesystem;

// The numbers of a split's name; nothing where the name is of another form.
std::optional<std::pair<std::uint64_t, std::uint64_t>> split_numbers(std::string_view name) {
  std::uint64_t shots = 0, seed = 0;
  const char* end = name.data() + name.size();
  const auto first = std::from_chars(name.data(), end, shots);
  if (first.ec != std::errc{} || first.ptr == end || *first.ptr != '-') return std::nullopt;
  const auto second = std::from_chars(first.ptr + 1, end, seed);
  if (second.ec != std::errc{} || second.ptr != end) return std::nullopt;
  return std::pair(shots, seed);
}

// `stem.tsv` or `stem.csv` in a folder, whichever is there; nothing where neither is.
std::optional<fs::path> table_file(const fs::path& folder, const std::string& stem) {
  const fs::path tsv = folder / (stem + ".tsv"), csv = folder / (stem + ".csv");
  const bool has_tsv = fs::exists(tsv), has_csv = fs::exists(csv);
  if (has_tsv && has_csv)
    fail(ErrorKind::input, folder.string(), "expected one file, found ", stem, ".tsv and ", stem,
         ".csv; remove one");
  if (has_tsv) return tsv;
  if (has_csv) return csv;
  return std::nullopt;
}

}  // namespace

KshotFolder::KshotFolder(fs::path folder, const std::string& hint) : folder_(std::move(folder)) {
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(folder_, code)) {
    const std::string name = entry.path().filename().string();
    if (split_numbers(name) && entry.is_directory()) splits_.push_back(name);
  }
  if (code)
    fail(ErrorKind::input, folder_.string(),
         "expected a folder of few-shot splits: ", code.message(), hint);
  if (splits_.empty())
    fail(ErrorKind::input, folder_.string(), "expected splits in folders such as 16-13, found none",
         hint);
  std::sort(splits_.begin(), splits_.end(), [](const std::string& a, const std::string& b) {
    return *split_numbers(a) < *split_numbers(b);
  });
}

bool KshotFolder::has(std::size_t shots, std::uint64_t seed) const {
  return std::find(splits_.begin(), splits_.end(), split_name(shots, seed)) != splits_.end();
}

fs::path KshotFolder::file(const std::string& split, const std::string& part) const {
  if (auto path = table_file(folder_ / split, part)) return *path;
  fail(ErrorKind::input, (folder_ / split).string(), "expected ", part, ".tsv or ", part,
       ".csv, found neither");
}

fs::path KshotFolder::test_file() const {
  if (auto path = table_file(folder_, "test")) return *path;
  std::optional<fs::path> first;
  std::string content;
  for (const auto& split : splits_) {
    const auto path = table_file(folder_ / split, "test");
    if (!path) continue;
    if (!first) {
      first = path;
      content = read_file(*path);
    } else if (read_file(*path) != content) {
      fail(ErrorKind::input, path->string(),
           "expected the same test set in every split, found one "
           "that differs from ",
           first->string());
    }
  }
  if (!first)
    fail(ErrorKind::input, folder_.string(),
         "expected test.tsv or test.csv beside the splits or in them, found none");
  return *first;
}

std::string split_name(std::size_t shots, std::uint64_t seed) {
  return std::to_string(shots) + "-" + std::to_string(seed);
}

}  // namespace prospect::detail
