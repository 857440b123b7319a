#include "datasets/task_file.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/error.h"
#include "core/text.h"
#include "datasets/detail/facts.h"
#include "datasets/detail/task_json.h"

namespace prospect {
namespace {

namespace fs = std::filesystem;

fs::path bundled_folder() {
  return data_home() / "datasets" / "bundled";
}
fs::path described_folder() {
  return data_home() / "datasets" / "tasks";
}

// The task file of a bundled or described task; nothing for any other name.
std::optional<fs::path> named_task(const std::string& name) {
  if (name.empty() || name.find('/') != std::string::npos || name.starts_with('.'))
    return std::nullopt;
  const fs::path bundled = bundled_folder() / name / "task.json";
  if (fs::exists(bundled)) return bundled;
  const fs::path described = described_folder() / (name + ".json");
  if (fs::exists(described)) return described;
  return std::nullopt;
}

// The task file at a path; nothing where no file or folder is there.
std::optional<fs::path> task_at(const fs::path& path) {
  std::error_code ignored;
  if (!fs::is_directory(path, ignored))
    return fs::exists(path, ignored) ? std::optional(path) : std::nullopt;
  const fs::path file = path / "task.json";
  if (!fs::exists(file))
    fail(ErrorKind::input, path.string(),
         "expected a task folder, found no task.json in it; a folder of few-shot splits is opened "
         "by a task file with \"kshot\": true and \"data\": the folder");
  return file;
}

std::optional<fs::path> find_task(const std::string& name) {
  if (auto file = named_task(name)) return file;
  if (name.empty()) return std::nullopt;
  return task_at(name);
}

TaskData open_file(const fs::path& file, const std::optional<std::string>& group) {
  TaskData data = detail::read_task_file(file);
  if (group) detail::keep_group(data, *group);
  if (data.task.kind == TaskKind::facts) detail::label_objects(data);
  return data;
}

}  // namespace

TaskData open_task(const std::string& name_or_path) {
  // The last part of `task/group`; a bundled name goes before a path also here.
  const auto slash = name_or_path.rfind('/');
  const std::string task = name_or_path.substr(0, slash);
  const bool has_group = slash != std::string::npos && slash + 1 < name_or_path.size();
  if (has_group) {
    const std::string group = name_or_path.substr(slash + 1);
    if (const auto file = named_task(task)) return open_file(*file, group);
    if (!fs::exists(name_or_path) && !task.empty() && fs::exists(fs::path(task) / "task.json"))
      return open_file(fs::path(task) / "task.json", group);
  }
  if (const auto file = find_task(name_or_path)) return open_file(*file, std::nullopt);

  auto known = bundled_tasks();
  for (auto& name : described_tasks()) known.push_back(std::move(name));
  fail(ErrorKind::input, name_or_path, "expected the name of a task or the path of a task file or ",
       "folder, found neither", suggestion(has_group ? task : name_or_path, known));
}

std::vector<std::string> bundled_tasks() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(bundled_folder()))
    if (fs::exists(entry.path() / "task.json")) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> described_tasks() {
  std::vector<std::string> names;
  std::error_code ignored;  // an installation may leave the folder out
  for (const auto& entry : fs::directory_iterator(described_folder(), ignored))
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace prospect
