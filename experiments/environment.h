#pragma once

#include "core/json.h"
#include "scoring/model.h"

namespace prospect {

/// What numbers may depend on beside the experiment: program and compiler, libraries, processor,
/// model and tokenizer. A run keeps one for each of its sessions, and `--verify` shows what has
/// changed since.
/// `{"program", "compiler", "build", "libtorch", "blas", "system", "cpu", "cpu_flags", "threads",
/// "device", "bfloat16", "model", "tokenizer"}`
Json describe_environment(const MachineReport& machine, const Model& model,
                          const std::string& device);

/// The keys in which two environments differ: `{"key": [before, now]}`.
Json changed_since(const Json& before, const Json& now);

/// Of `/proc/cpuinfo`: `{"cpu", "cpu_flags"}` of its first processor; only those flags that choose
/// how numbers are computed. Null where it does not say.
Json parse_cpu_info(std::string_view text);

}  // namespace prospect
