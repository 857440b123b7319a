#include "experiments/environment.h"

#include <sys/utsname.h>

#include <algorithm>
#include <array>

#include "core/error.h"
#include "core/files.h"
#include "core/text.h"

namespace prospect {
namespace {

// Families of instructions among which libraries choose their kernels.
constexpr std::array<std::string_view, 6> kNumeric{"sse4", "avx", "amx", "fma", "f16c", "bf16"};

std::string compiler() {
#if defined(__clang__)
  return "clang " __clang_version__;
#elif defined(__GNUC__)
  return "g++ " __VERSION__;
#else
  return "unknown";
#endif
}

std::string system_name() {
  utsname name = {};
  if (::uname(&name) != 0) return "unknown";
  return std::string(name.sysname) + " " + name.release + " " + name.machine;
}

}  // namespace

Json parse_cpu_info(std::string_view text) {
  Json info{{"cpu", nullptr}, {"cpu_flags", nullptr}};
  for (const auto& line : split(text, '\n')) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::string_view key = trim(std::string_view(line).substr(0, colon));
    const std::string_view value = trim(std::string_view(line).substr(colon + 1));
    if (key == "model name" && info["cpu"].is_null()) info["cpu"] = std::string(value);
    if ((key == "flags" || key == "Features") && info["cpu_flags"].is_null()) {
      info["cpu_flags"] = Json::array();
      for (const auto& flag : split(value, ' '))
        if (std::any_of(kNumeric.begin(), kNumeric.end(), [&](std::string_view family) {
              return flag.find(family) != std::string::npos;
            }))
          info["cpu_flags"].push_back(flag);
    }
  }
  return info;
}

Json describe_environment(const MachineReport& machine, const Model& model,
                          const std::string& device) {
  std::string cpu_info;
  try {
    cpu_info = read_file("/proc/cpuinfo");
  } catch (const Error&) {
    // Not everywhere is there such a file; then the processor stays unknown.
  }
  Json environment = parse_cpu_info(cpu_info);
  environment["program"] = "prospect " PROSPECT_VERSION;
  environment["compiler"] = compiler();
#ifdef NDEBUG
  environment["build"] = "without assertions";
#else
  environment["build"] = "with assertions";
#endif
  environment["libtorch"] = machine.libtorch;
  environment["blas"] = machine.blas;
  environment["system"] = system_name();
  environment["threads"] = machine.num_threads;
  environment["device"] = device;
  environment["bfloat16"] = machine.has_bfloat16;
  environment["model"] = {{"family", model.card().family},
                          {"kind", name_of(model.card().kind)},
                          {"parameters", model.card().num_parameters},
                          {"fingerprint", model.card().fingerprint}};
  environment["tokenizer"] = model.vocabulary().fingerprint();
  return environment;
}

Json changed_since(const Json& before, const Json& now) {
  Json changes = Json::object();
  for (const auto& [key, value] : now.items()) {
    const Json old = before.value(key, Json());
    if (old != value) changes[key] = Json::array({old, value});
  }
  return changes;
}

}  // namespace prospect
