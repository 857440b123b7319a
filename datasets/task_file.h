#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/task.h"

namespace prospect {

/// A task as its folder has it: description, and all rows of its files.
///
/// `Task` is what a search sees; the rows of `test` never enter it.
struct TaskData {
  Task task;                         ///< Without examples.
  std::string label_field, group_field;
  std::vector<Example> train, dev, test;  ///< `dev` is empty where the task has no such file.
  std::map<std::string, std::vector<ManualPrompt>> manual_by_group;  ///< `facts` alone.
  std::filesystem::path path;
};

/// Opens a task by the path of its `task.json` or folder, or by the name of a bundled task
/// (`reviews`), or, for a task with groups, `facts/capital_of`: then only that group's examples and
/// manual prompts, with the group's objects as labels.
/// @throws Error (input) naming file and place.
TaskData open_task(const std::string& name_or_path);

/// Names of the bundled tasks.
std::vector<std::string> bundled_tasks();

/// The folder that holds `models/` and `datasets/bundled/`: $PROSPECT_HOME, else the source or
/// installation folder the program was built for.
std::filesystem::path data_home();

}  // namespace prospect
