#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "experiments/commands/command_line.h"
#include "scoring/model.h"

namespace prospect {

/// `--model`, `--threads` and `--device` of a command that runs a model.
struct ModelArguments {
  std::string model, device = "cpu";
  std::int64_t threads = 0;
};

void add_model_options(CommandLine& line, ModelArguments& arguments);

/// Opens the model, a folder or one that comes with prospect.
/// @throws Error as `find_model` and `open_model` do.
std::unique_ptr<Model> open_model(const ModelArguments& arguments);

}  // namespace prospect
