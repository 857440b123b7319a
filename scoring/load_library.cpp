// The scoring library is opened by name when a model is first needed: a program that runs none
// starts without LibTorch, which takes a second to load.

#include <dlfcn.h>

#include <array>
#include <filesystem>
#include <memory>
#include <string>

#include "core/error.h"
#include "scoring/model.h"

namespace prospect {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFileName = "libprospect_scoring.so";

// The folder of the file that holds this code: libprospect.so, or a program that it is linked into.
fs::path own_folder() {
  Dl_info info{};
  if (::dladdr(reinterpret_cast<void*>(&own_folder), &info) == 0 || info.dli_fname == nullptr)
    return {};
  std::error_code ignored;
  return fs::absolute(info.dli_fname, ignored).parent_path();
}

fs::path find_library() {
  const fs::path folder = own_folder();
  const std::array candidates = {folder / kFileName, folder / ".." / "lib" / kFileName};
  std::error_code ignored;
  for (const auto& path : candidates)
    if (fs::exists(path, ignored)) return path;
  fail(ErrorKind::io, candidates.front().string(),
       "the scoring library is not there; build or install the target prospect_scoring");
}

const ScoringLibrary& load() {
  const fs::path path = find_library();
  void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);  // never closed
  if (handle == nullptr)
    fail(ErrorKind::io, path.string(), "cannot load the scoring library: ", ::dlerror());
  using EntryPoint = const ScoringLibrary* (*)();
  const auto entry = reinterpret_cast<EntryPoint>(::dlsym(handle, kScoringEntryPoint));
  if (entry == nullptr)
    fail(ErrorKind::unsupported, path.string(), "expected the function ", kScoringEntryPoint,
         ", found none; build both libraries from the same sources");
  const ScoringLibrary* library = entry();
  if (library->abi != kScoringAbi)
    fail(ErrorKind::unsupported, path.string(), "expected interface number ", kScoringAbi,
         ", found ", library->abi, "; build both libraries from the same sources");
  return *library;
}

const ScoringLibrary& library() {
  static const ScoringLibrary& loaded = load();
  return loaded;
}

}  // namespace

std::string_view name_of(ModelKind kind) {
  switch (kind) {
    case ModelKind::masked_lm:
      return "masked_lm";
    case ModelKind::causal_lm:
      return "causal_lm";
    case ModelKind::seq2seq_lm:
      return "seq2seq_lm";
  }
  return "";
}

std::unique_ptr<Model> open_model(const fs::path& folder, const ModelOptions& options) {
  return std::unique_ptr<Model>(library().open_model(folder, options));
}

MachineReport examine_machine(std::size_t num_threads) {
  return library().examine_machine(num_threads);
}

}  // namespace prospect
