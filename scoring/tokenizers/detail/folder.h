#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/json.h"

namespace prospect::tokenizers {

/// The files of a tokenizer's folder. Remembers what was read, for the fingerprint.
class Folder {
 public:
  /// @throws Error (io, input) where there is no such folder.
  explicit Folder(std::filesystem::path path);

  std::string where() const { return path_.string(); }
  /// The path of a file, as errors name it.
  std::string where(const std::string& name) const { return (path_ / name).string(); }
  bool has(const std::string& name) const;

  std::string read(const std::string& name);
  /// The same for a file that is no text.
  std::string read_bytes(const std::string& name);
  /// The lines of a file, without line ends.
  std::vector<std::string> read_lines(const std::string& name);
  /// An object; an empty one where there is no such file.
  Json read_object(const std::string& name);

  /// Of the names and contents of all files read.
  std::string fingerprint() const;

 private:
  std::string remember(const std::string& name, std::string content);

  std::filesystem::path path_;
  std::string contents_;
};

/// What tokenizer_config.json and special_tokens_map.json say of a tokenizer.
class Settings {
 public:
  explicit Settings(Folder& folder);

  /// tokenizer_config.json; an empty object where there is none.
  JsonReader config() const { return {config_, config_where_}; }

  struct Token {
    std::string content, where;
    bool single_word = false, lstrip = false, rstrip = false, normalized = false;
  };
  /// The token with a role such as "mask_token", written as a string or as {"content": string}. The
  /// second file wins. Nothing where no file names one.
  std::optional<Token> token(const std::string& role) const;

  /// The tokens that "additional_special_tokens" or "extra_special_tokens" list.
  std::vector<Token> more_tokens() const;

  /// Whether a file says by null that there is no such token.
  bool denies(const std::string& role) const;

  /// "model_max_length", where it is a limit.
  std::optional<std::size_t> max_length() const;

 private:
  Json config_, special_;
  std::string config_where_, special_where_;
};

}  // namespace prospect::tokenizers
