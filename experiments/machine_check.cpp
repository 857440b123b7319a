#include "experiments/machine_check.h"

#include <ostream>
#include <sstream>

namespace prospect {
namespace {

// An optimised BLAS is at least ten times faster than a plain loop, the reference BLAS about as
// fast as it: anything between tells them apart.
constexpr double kLeastSpeedup = 4;

}  // namespace

std::optional<std::string> slow_blas_advice(const MachineReport& report) {
  if (report.gemm_gflops >= kLeastSpeedup * report.reference_gflops) return std::nullopt;
  std::ostringstream advice;
  advice.precision(3);
  advice << "matrix products run at " << report.gemm_gflops << " GFLOP/s, a plain loop at "
         << report.reference_gflops << "; the BLAS in use is "
         << (report.blas.empty() ? "unknown" : report.blas)
         << "; install libopenblas0-pthread, or choose it with update-alternatives --config "
            "libblas.so.3-x86_64-linux-gnu";
  return advice.str();
}

void warn_if_slow_blas(std::ostream& err, const MachineReport& report) {
  if (const auto advice = slow_blas_advice(report)) err << "warning: " << *advice << std::endl;
}

}  // namespace prospect
