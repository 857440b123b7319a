#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"

namespace prospect {

/// What is done with a key of `config.json`.
enum class ConfigUse {
  reads,    ///< The family reads its value.
  ignores,  ///< Does not change what the model computes here (dropout, names, versions).
  only,     ///< Changes what is computed; only one value is supported. `null` counts as absent.
};

/// One known key. `value` is the JSON text of the one value that `ConfigUse::only` allows.
struct ConfigRow {
  std::string_view key;
  ConfigUse use = ConfigUse::ignores;
  std::string_view value = {};
};

/// Several lists of known keys; where a key stands in two, the first counts.
using ConfigRows = std::vector<std::span<const ConfigRow>>;

/// `config.json` of a checkpoint, read key by key: nothing that could change the computation passes
/// unseen. The file belongs to the model, so whatever is wrong with it is an error of kind `model`,
/// and what is right but not done here is `unsupported`.
class ModelConfig {
 public:
  /// @throws Error (io, model) when there is no such file or it holds no JSON object.
  explicit ModelConfig(const std::filesystem::path& path);

  const std::string& where() const { return where_; }
  const Json& json() const { return json_; }

  /// Checks every key against the family's rows and those that all families share.
  /// @throws Error (unsupported) naming every unknown key and every value that is not supported.
  void check_keys(const ConfigRows& rows) const;

  /// Checks that one of `supported` is among `architectures`, where the file has that key.
  /// @throws Error (unsupported)
  void check_architecture(std::span<const std::string_view> supported) const;

  /// @throws Error (model) when the key is absent, of another type, or out of range.
  std::string string(std::string_view key) const;
  std::int64_t integer(std::string_view key, std::int64_t least, std::int64_t most) const;
  /// As above; `otherwise` where the key is absent or null.
  std::string string_or(std::string_view key, std::string_view otherwise) const;
  std::int64_t integer_or(std::string_view key, std::int64_t least, std::int64_t most,
                          std::int64_t otherwise) const;
  double number_or(std::string_view key, double least, double most, double otherwise) const;
  bool boolean_or(std::string_view key, bool otherwise) const;

  /// Whether the key is there and not null.
  bool has(std::string_view key) const;

 private:
  std::string where_;
  Json json_;
};

}  // namespace prospect
