#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "core/scorer.h"
#include "experiments/content_key.h"
#include "experiments/database.h"

namespace prospect {

/// Row outcomes by content, in a SQLite file that several processes may use at once.
///
/// Each value carries a checksum, so that a damaged file is found and never believed. A file that
/// another process keeps busy for long is read as if it held nothing and not written: what is not
/// found is computed again, to the same bits.
class OutcomeCache {
 public:
  static constexpr std::int64_t kSchema = 1;

  /// Opens a file, made where it is missing.
  /// @throws Error (input) for a file of another kind or a damaged one, which is left as it is,
  /// (unsupported) for a newer schema, (io) where it cannot be read or written.
  explicit OutcomeCache(const std::filesystem::path& path);

  /// What is known under each key. @throws Error (input) for a damaged file.
  std::vector<std::optional<RowOutcome>> find(std::span<const ContentKey> keys);
  /// Stores outcomes in one transaction; a key that is known stays as it is.
  void put(std::span<const ContentKey> keys, std::span<const RowOutcome> outcomes);
  /// The number of outcomes in the file.
  std::int64_t size();

 private:
  void prepare_file();
  void make_tables();

  Database database_;
};

}  // namespace prospect
