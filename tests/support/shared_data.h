#pragma once

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>

namespace prospect::test {

/// Folders of test material that does not come with the project: `../shared` beside the sources, or
/// $PROSPECT_SHARED.
inline std::filesystem::path shared_folder() {
  if (const char* path = std::getenv("PROSPECT_SHARED")) return path;
  return std::filesystem::path(PROSPECT_SOURCE_DIR).parent_path() / "shared";
}

/// Whether `part` of the shared folder is there; says so on standard error when it is not, so that
/// a skipped test is seen.
inline bool has_shared(const std::string& part) {
  const auto path = shared_folder() / part;
  if (std::filesystem::exists(path)) return true;
  std::cerr << "skipped: expected test material at " << path.string()
            << "; set PROSPECT_SHARED to the folder that holds it\n";
  return false;
}

}  // namespace prospect::test
