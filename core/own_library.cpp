#include "core/own_library.h"

#include <dlfcn.h>

#include <array>
#include <filesystem>
#include <string>

#include "core/error.h"

namespace prospect {
namespace {

namespace fs = std::filesystem;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kFlags = RTLD_NOW | RTLD_LOCAL;
#else
constexpr int kFlags = RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND;
#endif

// The folder of the file that holds this code: libprospect.so, or a program that it is linked into.
fs::path own_folder() {
  Dl_info info{};
  if (::dladdr(reinterpret_cast<void*>(&own_folder), &info) == 0 || info.dli_fname == nullptr)
    return {};
  std::error_code ignored;
  return fs::absolute(info.dli_fname, ignored).parent_path();
}

fs::path find_library(const std::string& file_name) {
  const fs::path folder = own_folder();
  const std::array candidates = {folder / file_name, folder / ".." / "lib" / file_name};
  std::error_code ignored;
  for (const auto& path : candidates)
    if (fs::exists(path, ignored)) return path;
  fail(ErrorKind::io, candidates.front().string(),
       "expected this library of the project, found none; build or install all targets");
}

}  // namespace

void* own_library_function(const char* file_name, const char* function) {
  const fs::path path = find_library(file_name);
  void* handle = ::dlopen(path.c_str(), kFlags);
  if (handle == nullptr) fail(ErrorKind::io, path.string(), "cannot be loaded: ", ::dlerror());
  void* address = ::dlsym(handle, function);
  if (address == nullptr)
    fail(ErrorKind::unsupported, path.string(), "expected the function ", function,
         ", found none; build all libraries from the same sources");
  return address;
}

}  // namespace prospect
