#pragma once

#include <filesystem>

#include "datasets/task_file.h"

namespace prospect::detail {

/// Reads a task file and all its data; the labels of a facts task are not set yet.
/// @throws Error (input) at the place of the fault, (unsupported) for a kind not done yet.
TaskData read_task_file(const std::filesystem::path& file);

}  // namespace prospect::detail
