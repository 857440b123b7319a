#pragma once

#include <string>

#include "datasets/task_file.h"

namespace prospect::detail {

/// Drops the rows and prompts of every group but `group`, and names the task after it.
/// @throws Error (input) for an unknown group, with the nearest known one.
void keep_group(TaskData& data, const std::string& group);

/// Makes the distinct objects of all rows, sorted, the task's labels, sets each example's label,
/// and gives every manual prompt the verbalizer that maps a label to itself.
void label_objects(TaskData& data);

}  // namespace prospect::detail
