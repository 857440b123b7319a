#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/task.h"

namespace prospect {

/// The bytes of a data file, row by row, so that a part of it can be written as it was read.
struct SourceFile {
  std::filesystem::path path;
  std::string header;             ///< With its line end; empty where the file has none.
  std::vector<std::string> rows;  ///< One for each example, with its line end.
};

/// How the rows of a task's files become examples.
struct RowFormat {
  std::string reader;                ///< A reader's name; empty: the one for the file's extension.
  std::vector<std::string> columns;  ///< Of files without a header line.
  std::string id_field = "id";       ///< A column that names the examples, where there is one.
  std::map<std::string, std::string> label_names;  ///< Text in the file -> label; empty: the same.
  std::size_t span_words = 3;                      ///< Of a `span` task: the most words of a span.
};

/// A task as its folder has it: description, and all rows of its files.
///
/// `Task` is what a search sees; the rows of `test` never enter it.
struct TaskData {
  Task task;  ///< Without examples.
  std::string label_field, group_field;
  RowFormat format;
  std::vector<Example> train, dev, test;  ///< `dev` is empty where the task has no such file.
  SourceFile train_source, test_source;   ///< Parallel to `train` and `test`.
  std::map<std::string, std::vector<ManualPrompt>> manual_by_group;  ///< `facts` alone.
  /// Folder of published splits `<shots>-<seed>/{train,dev}`, for tasks that have no `train`.
  std::optional<std::filesystem::path> kshot_folder;
  std::filesystem::path path;  ///< The task file.
};

/// Opens a task by the name of a bundled or described task (`reviews`, `sst2`), by the path of its
/// task file or folder, or, for a task with groups, as `facts/capital_of`: then only that group's
/// examples and manual prompts, with the group's objects as labels. A name goes before a path of
/// the same spelling; `./reviews` is always a path.
///
/// ```
/// const TaskData data = open_task("reviews");
/// const Task task = fewshot_task(data, 16, 13, FewshotProtocol::balanced);
/// ```
///
/// The labels of a facts task are its distinct objects, over train and test, sorted; without a
/// group the examples of all are there, and the manual prompts stand in `manual_by_group` alone.
///
/// A `span` task has an example for every span of every text (`datasets/detail/spans.h`), so that
/// it is scored and searched as a classification of spans.
/// @throws Error (input) naming file and place.
TaskData open_task(const std::string& name_or_path);

/// Names of the bundled tasks: folders of `datasets/bundled`.
std::vector<std::string> bundled_tasks();

/// Names of the described tasks: files of `datasets/tasks`, whose data the user brings.
std::vector<std::string> described_tasks();

/// The folder that holds `models/` and `datasets/bundled/`: $PROSPECT_HOME, else the source folder
/// the program was built from, else `share/prospect` beside the folder of the library.
/// @throws Error (input) when none of them is there.
std::filesystem::path data_home();

}  // namespace prospect
