#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "datasets/task_file.h"

namespace prospect::detail {

/// Examples, and the bytes they were read from.
struct LoadedRows {
  std::vector<Example> examples;
  SourceFile source;
};

/// Makes examples of the rows of a task's files.
class RowLoader {
 public:
  /// @param data  gives fields, labels and format; its examples are not looked at. Must outlive
  ///              the loader.
  explicit RowLoader(const TaskData& data);

  /// Reads a file. A row's id is that of the task's id column, else `prefix-1`, `prefix-2`, ..
  /// Labels of a facts task stay -1: they are known when all files are read.
  /// @throws Error (input) for a column that is missing, an unknown label, or an id that this
  ///         loader has met before.
  LoadedRows load(const std::filesystem::path& file, const std::string& prefix);

 private:
  std::string id_of(const std::map<std::string, std::string>& fields, const std::string& where,
                    const std::string& generated);
  void set_label(Example& example, const std::string& where) const;

  const TaskData& data_;
  std::vector<std::string> label_texts_;          // as the file has them, for messages
  std::map<std::string, std::int32_t> label_of_;  // text in the file -> index of the label
  std::map<std::string, std::string> place_of_;   // id -> where it was first met
};

}  // namespace prospect::detail
