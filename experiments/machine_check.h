#pragma once

#include <iosfwd>
#include <optional>
#include <string>

#include "scoring/model.h"

namespace prospect {

/// What to do about a slow BLAS; nothing where it is fast enough.
///
/// LibTorch resolves `libblas.so.3` when it starts. On a bare Debian that is the reference BLAS,
/// some twenty times slower than OpenBLAS; nothing else tells it.
std::optional<std::string> slow_blas_advice(const MachineReport& report);

/// Says so on `err`, in one line that starts with "warning:", where the BLAS is slow.
void warn_if_slow_blas(std::ostream& err, const MachineReport& report);

}  // namespace prospect
