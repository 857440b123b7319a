#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "experiments/commands/command.h"
#include "scoring/model.h"

namespace prospect {

/// `search --run RUN --verify`: do the run's best numbers still hold here.
struct VerifyOptions {
  std::string run;
  std::optional<std::string> task_at;
  std::int64_t top = 3;
  ModelOptions model;
  bool json = false;
};

/// @return 0 where all numbers hold, 1 where one does not.
int verify(const VerifyOptions& options, Console& console);

}  // namespace prospect
