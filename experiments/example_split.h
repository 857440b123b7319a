#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "datasets/fewshot.h"
#include "datasets/task_file.h"

namespace prospect {

/// Which rows of a task `prospect score` looks at.
struct SplitChoice {
  std::string name = "dev";          ///< `train`, `dev` or `test`.
  std::optional<std::size_t> shots;  ///< A few-shot split of this size; else all rows.
  std::uint64_t seed = 13;
  FewshotProtocol protocol = FewshotProtocol::balanced;
  std::size_t limit = 0;  ///< The first rows alone; 0 for all.
};

/// A task and the rows that were chosen.
struct ChosenRows {
  Task task;  ///< Its support set is that of the split, for demonstrations.
  std::vector<Example> examples;
};

/// Chooses rows. Without `shots`, `dev` is the task's dev file, and where there is none a
/// stratified half of the training rows, drawn by the seed.
/// @throws Error (input) when the task has no such rows, and as `fewshot_task` does.
ChosenRows choose_rows(const TaskData& data, const SplitChoice& choice);

}  // namespace prospect
