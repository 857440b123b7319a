#include "experiments/model_folder.h"

#include <algorithm>
#include <initializer_list>
#include <set>

#include "core/error.h"
#include "core/files.h"
#include "core/text.h"
#include "datasets/task_file.h"

namespace prospect {
namespace {

namespace fs = std::filesystem;

bool is_model(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_regular_file(folder / "config.json", ignored);
}

// The first of `keys` that the configuration has: families name the same thing differently.
Json first_of(const Json& config, std::initializer_list<const char*> keys) {
  for (const char* key : keys)
    if (config.contains(key)) return config.at(key);
  return nullptr;
}

// The first paragraph of the folder's card that is no heading, as one line.
Json about(const fs::path& folder) {
  const fs::path card = folder / "README.md";
  if (!fs::exists(card)) return nullptr;
  std::string paragraph;
  bool in_front_matter = false;
  for (const auto& line : split(read_text_file(card), '\n')) {
    const auto text = trim(line);
    if (text == "---") in_front_matter = !in_front_matter;
    if (in_front_matter || text == "---" || text.starts_with('#')) continue;
    if (text.empty() && !paragraph.empty()) break;
    if (!text.empty()) paragraph += (paragraph.empty() ? "" : " ") + std::string(text);
  }
  return paragraph.empty() ? Json(nullptr) : Json(paragraph);
}

std::uintmax_t weight_bytes(const fs::path& folder) {
  std::uintmax_t bytes = 0;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const auto extension = entry.path().extension();
    if (extension == ".safetensors" || extension == ".bin") bytes += entry.file_size(ignored);
  }
  return bytes;
}

}  // namespace

fs::path find_model(const std::string& name_or_path) {
  std::error_code ignored;
  if (fs::exists(name_or_path, ignored)) return name_or_path;
  std::vector<std::string> known;
  for (const auto& folder : known_models()) {
    const std::string name = folder.filename().string();
    if (name_or_path == name || name_or_path == "models/" + name) return folder;
    known.push_back(name);
  }
  fail(ErrorKind::input, name_or_path,
       "expected the folder of a checkpoint or the name of a model that comes with prospect, found "
       "neither",
       known.empty() ? std::string() : suggestion(name_or_path, known));
}

std::vector<fs::path> known_models() {
  std::vector<fs::path> folders;
  std::set<fs::path> seen;
  for (const fs::path& parent : {fs::path("models"), data_home() / "models"}) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(parent, ignored)) {
      if (is_model(entry.path()) && seen.insert(fs::weakly_canonical(entry.path())).second)
        folders.push_back(entry.path());
    }
  }
  std::sort(folders.begin(), folders.end(), [](const fs::path& a, const fs::path& b) {
    return a.filename() != b.filename() ? a.filename() < b.filename() : a < b;
  });
  return folders;
}

Json model_summary(const fs::path& folder) {
  const fs::path file = folder / "config.json";
  const Json config = read_json_file(file);
  if (!config.is_object()) JsonReader(config, file.string()).fail_expected("an object");
  return {{"name", folder.filename().string()},
          {"path", folder.string()},
          {"family", first_of(config, {"model_type"})},
          {"num_layers", first_of(config, {"num_hidden_layers", "n_layer", "num_layers"})},
          {"hidden_size", first_of(config, {"hidden_size", "n_embd", "d_model"})},
          {"num_positions", first_of(config, {"max_position_embeddings", "n_positions"})},
          {"vocabulary", first_of(config, {"vocab_size"})},
          {"weight_bytes", weight_bytes(folder)},
          {"about", about(folder)}};
}

}  // namespace prospect
