#pragma once

#include <cstddef>

#include "scoring/model.h"

namespace prospect {

/// Measures this machine; what `examine_machine` of `scoring/model.h` returns.
MachineReport measure_machine(std::size_t num_threads);

}  // namespace prospect
