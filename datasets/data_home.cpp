#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>

#include "core/error.h"
#include "datasets/task_file.h"

namespace prospect {
namespace {

namespace fs = std::filesystem;

bool holds_tasks(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_directory(folder / "datasets" / "bundled", ignored);
}

// The file that holds this function: the program or the shared library.
fs::path own_file() {
  Dl_info info{};
  if (::dladdr(reinterpret_cast<const void*>(&holds_tasks), &info) == 0) return {};
  std::error_code ignored;
  return fs::canonical(info.dli_fname, ignored);
}

}  // namespace

fs::path data_home() {
  if (const char* home = std::getenv("PROSPECT_HOME"); home != nullptr && *home != '\0') {
    if (!holds_tasks(home))
      fail(ErrorKind::input, "PROSPECT_HOME",
           "expected a folder that holds datasets/bundled, found ", home);
    return home;
  }
  const fs::path source = PROSPECT_DATA_HOME;
  if (holds_tasks(source)) return source;
  const fs::path installed = own_file().parent_path().parent_path() / "share" / "prospect";
  if (holds_tasks(installed)) return installed;
  fail(ErrorKind::input, "PROSPECT_HOME", "expected datasets/bundled in ", source.string(), " or ",
       installed.string(), ", found neither; set PROSPECT_HOME to the folder that holds it");
}

}  // namespace prospect
