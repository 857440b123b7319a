#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/json.h"

namespace prospect {

/// The folder of a checkpoint: a path as it stands, else a model that comes with prospect, by name
/// (`pocket-mlm`) or by path from its home (`models/pocket-mlm`).
/// @throws Error (input) naming the model and where it was looked for.
std::filesystem::path find_model(const std::string& name_or_path);

/// Folders under `models/` of the working folder and of prospect's home that hold a `config.json`,
/// in order of their names, each once.
std::vector<std::filesystem::path> known_models();

/// What `prospect list models` shows of a folder, read from its small files alone: `{"name",
/// "path", "family", "num_layers", "hidden_size", "num_positions", "vocabulary", "weight_bytes",
/// "about"}`; null where the folder does not say.
Json model_summary(const std::filesystem::path& folder);

}  // namespace prospect
