#include "experiments/plugin.h"

#include <dlfcn.h>

#include <exception>
#include <utility>

#include "core/error.h"
#include "experiments/plugin_stamp.h"
#include "search/registry.h"

namespace prospect {
namespace {

namespace fs = std::filesystem;

void check_stamp(const fs::path& path) {
  const PluginStamp ours, theirs = read_plugin_stamp(path);
  if (theirs.abi != ours.abi)
    fail(ErrorKind::unsupported, path.string(), "expected a plug-in built against interface ",
         ours.abi, ", found interface ", theirs.abi,
         "; build it again with the headers of this program");
  if (theirs.layout != ours.layout)
    fail(ErrorKind::unsupported, path.string(), "expected a plug-in whose types are laid out as ",
         ours.layout, ", found ", theirs.layout,
         "; build it with the program's own compiler, libraries and flags (without -march or "
         "_GLIBCXX_DEBUG)");
}

StrategyInfo strategy_of(const fs::path& path) {
  // Without RTLD_DEEPBIND: the plug-in must use the program's copy of every type.
  void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) fail(ErrorKind::io, path.string(), "cannot be loaded: ", ::dlerror());
  void* address = ::dlsym(handle, kPluginEntryPoint);
  if (address == nullptr)
    fail(ErrorKind::input, path.string(), "expected the function ", kPluginEntryPoint,
         ", found none; export what PROSPECT_PLUGIN(...) makes");
  StrategyInfo info;
  try {
    reinterpret_cast<PluginEntryPoint>(address)(info);
  } catch (const std::exception& error) {
    fail(ErrorKind::input, path.string(),
         "expected a plug-in that describes itself, it threw: ", error.what());
  }
  info.plugin = path.string();
  info.check = [check = std::move(info.check), file = info.plugin](const JsonReader& options) {
    try {
      return check(options);
    } catch (const Error&) {
      throw;
    } catch (const std::exception& error) {
      fail(ErrorKind::input, file,
           "expected a plug-in that reads its options, it threw: ", error.what());
    }
  };
  return info;
}

}  // namespace

std::string load_plugin(const fs::path& path) {
  if (!fs::exists(path)) fail(ErrorKind::io, path.string(), "cannot read: no such file");
  const fs::path file = fs::canonical(path);  // a bare name would be looked for in system folders
  for (const StrategyInfo* known : list_strategies())
    if (known->plugin == file.string()) return known->name;
  check_stamp(file);
  StrategyInfo info = strategy_of(file);
  std::string name = info.name;
  register_strategy(std::move(info));
  return name;
}

void load_plugins(std::span<const std::string> paths) {
  for (const auto& path : paths) load_plugin(path);
}

}  // namespace prospect
