#include "scoring/machine.h"

#include <dlfcn.h>
#include <link.h>
#include <tbb/info.h>
#include <torch/version.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "core/processor.h"
#include "scoring/torch.h"
#include "scoring/work_pool.h"

namespace prospect {
namespace {

constexpr std::int64_t kSize = 512;
constexpr double kOperations = 2.0 * kSize * kSize * kSize;
constexpr int kRepetitions = 5;

// The file behind links such as /etc/alternatives.
std::string resolved(const char* path) {
  std::error_code code;
  const auto real = std::filesystem::canonical(path, code);
  return code ? path : real.string();
}

int note_blas(dl_phdr_info* info, std::size_t, void* names) {
  const std::string path = info->dlpi_name;
  const std::string file = std::filesystem::path(path).filename().string();
  if (file.find("blas") != std::string::npos || file.find("mkl") != std::string::npos)
    static_cast<std::vector<std::string>*>(names)->push_back(resolved(path.c_str()));
  return 0;
}

// Where products really go: the library that the Fortran name resolves to for LibTorch, which is
// loaded together with this one. A LibTorch with its BLAS inside exports no such name.
std::string find_blas() {
  std::string name;
  Dl_info info{};
  if (void* symbol = ::dlsym(RTLD_DEFAULT, "sgemm_");
      symbol != nullptr && ::dladdr(symbol, &info) != 0 && info.dli_fname != nullptr) {
    name = resolved(info.dli_fname);
  } else {
    std::vector<std::string> loaded;
    ::dl_iterate_phdr(note_blas, &loaded);
    for (const auto& path : loaded) name += (name.empty() ? "" : ", ") + path;
    if (name.empty()) name = at::hasMKL() ? "MKL inside LibTorch" : "unknown";
  }
  using GetText = char* (*)();
  if (name.find("openblas") != std::string::npos)
    if (void* core = ::dlsym(RTLD_DEFAULT, "openblas_get_corename"))
      name += std::string(" (") + reinterpret_cast<GetText>(core)() + " kernels)";
  return name;
}

template <class Work>
double best_gflops(int repetitions, Work&& work) {
  double best = 0;
  for (int i = 0; i < repetitions; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    best = std::max(best, kOperations / elapsed.count() / 1e9);
  }
  return best;
}

// The plain product that a slow BLAS is compared with: rows of b added up, so that the inner loop
// runs along memory.
void plain_product(const float* a, const float* b, float* c) {
  std::fill_n(c, kSize * kSize, 0.0F);
  for (std::int64_t i = 0; i < kSize; ++i)
    for (std::int64_t k = 0; k < kSize; ++k) {
      const float factor = a[i * kSize + k];
      for (std::int64_t j = 0; j < kSize; ++j) c[i * kSize + j] += factor * b[k * kSize + j];
    }
}

}  // namespace

MachineReport measure_machine(std::size_t num_threads) {
  use_one_thread_per_product();
  const c10::InferenceMode guard;
  const at::Tensor a = at::ones({kSize, kSize}), b = at::ones({kSize, kSize});
  at::Tensor c = at::empty({kSize, kSize});
  MachineReport report;
  report.libtorch = TORCH_VERSION;
  report.gemm_gflops = best_gflops(kRepetitions, [&] { at::mm_out(c, a, b); });
  report.reference_gflops = best_gflops(
      2, [&] { plain_product(a.data_ptr<float>(), b.data_ptr<float>(), c.data_ptr<float>()); });
  report.blas = find_blas();
  report.num_threads =
      num_threads != 0 ? num_threads : static_cast<std::size_t>(tbb::info::default_concurrency());
  report.has_bfloat16 = has_bfloat16_products();
  return report;
}

}  // namespace prospect
