#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace prospect::detail {

/// A folder of published splits: `<shots>-<seed>/{train,dev}.{tsv,csv}` and `test.{tsv,csv}`, the
/// latter beside the splits or, always the same, in each of them (LM-BFF, RLPrompt).
class KshotFolder {
 public:
  /// @throws Error (input) when the folder has no split; `hint` ends the message.
  explicit KshotFolder(std::filesystem::path folder, const std::string& hint = "");

  /// The names of the splits, `16-13`, by shots and seed.
  const std::vector<std::string>& splits() const { return splits_; }
  bool has(std::size_t shots, std::uint64_t seed) const;

  /// A file of a split. @param part  `train` or `dev`.
  /// @throws Error (input) when it is missing, or there as .tsv and as .csv.
  std::filesystem::path file(const std::string& split, const std::string& part) const;

  /// @throws Error (input) when there is none, or the splits hold different ones.
  std::filesystem::path test_file() const;

 private:
  std::filesystem::path folder_;
  std::vector<std::string> splits_;
};

/// `16-13`.
std::string split_name(std::size_t shots, std::uint64_t seed);

}  // namespace prospect::detail
