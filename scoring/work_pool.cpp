#include "scoring/work_pool.h"

#include <dlfcn.h>
#include <malloc.h>
#include <tbb/global_control.h>
#include <tbb/info.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <iterator>
#include <limits>
#include <numeric>
#include <optional>
#include <set>
#include <utility>

#include "scoring/layers/product.h"
#include "scoring/torch.h"

namespace prospect {
namespace {

// Items are about whole blocks; in small ones too much of the last layer's is filled up.
constexpr std::size_t kStep = kBlockRows, kLeastTokens = 2 * kStep;

// A forward pass asks for the same few buffers again and again. By default large ones are mapped
// and unmapped each time, and the page faults cost more than small models' products.
void keep_scratch() {
  constexpr int kAlways = 1 << 30;
  ::mallopt(M_MMAP_THRESHOLD, kAlways);
  ::mallopt(M_TRIM_THRESHOLD, kAlways);
}

}  // namespace

struct WorkPool::Arena {
  explicit Arena(std::size_t num_threads) : arena(static_cast<int>(num_threads)) {
    // More threads than cores have to be allowed first. A limit that is not needed is not set,
    // since of several limits in a process the lowest holds.
    if (num_threads > static_cast<std::size_t>(tbb::info::default_concurrency()))
      limit.emplace(tbb::global_control::max_allowed_parallelism, num_threads);
  }
  std::optional<tbb::global_control> limit;
  tbb::task_arena arena;
};

WorkPool::WorkPool(std::size_t num_threads)
    : num_threads_(num_threads != 0 ? num_threads
                                    : static_cast<std::size_t>(tbb::info::default_concurrency())),
      arena_(std::make_unique<Arena>(num_threads_)) {
  use_one_thread_per_product();
  keep_scratch();
}

WorkPool::~WorkPool() = default;

void WorkPool::run(std::size_t count, const std::function<void(std::size_t)>& body) const {
  std::vector<std::exception_ptr> failures(count);
  std::atomic<std::size_t> next{0};
  std::atomic<bool> failed{false};
  // Each worker takes the next piece in order: the longest come first, so that the end is short.
  const auto work = [&](std::size_t) {
    at::set_num_threads(1);  // LibTorch keeps this number for each thread
    while (!failed.load(std::memory_order_relaxed)) {
      const std::size_t i = next.fetch_add(1, std::memory_order_relaxed);
      if (i >= count) return;
      try {
        body(i);
      } catch (...) {
        failures[i] = std::current_exception();
        failed.store(true, std::memory_order_relaxed);
      }
    }
  };
  arena_->arena.execute([&] {
    tbb::parallel_for(std::size_t{0}, std::min(num_threads_, count), work,
                      tbb::simple_partitioner());
  });
  for (const auto& failure : failures) {
    if (!failure) continue;
    with_library_errors([&] { std::rethrow_exception(failure); });
  }
}

void use_one_thread_per_product() {
  at::set_num_threads(1);
  using SetThreads = void (*)(int);
  // OpenBLAS has a pool of its own beside OpenMP's; other libraries do not have the function.
  if (void* set = ::dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))
    reinterpret_cast<SetThreads>(set)(1);
}

std::size_t tokens_of_next_item(std::size_t left, std::size_t num_threads,
                                std::size_t most_tokens) {
  const std::size_t share = (left + num_threads - 1) / num_threads;
  const std::size_t whole = (share + kStep - 1) / kStep * kStep;
  return std::min(std::max(whole, kLeastTokens), most_tokens);
}

std::vector<std::vector<std::uint32_t>> pack_rows(std::span<const std::size_t> lengths,
                                                  std::size_t num_threads,
                                                  std::size_t most_tokens) {
  std::set<std::pair<std::size_t, std::uint32_t>> rows;  // by length
  for (std::uint32_t row = 0; row < lengths.size(); ++row) rows.emplace(lengths[row], row);
  std::size_t left = std::accumulate(lengths.begin(), lengths.end(), std::size_t{0});

  std::vector<std::vector<std::uint32_t>> items;
  while (!rows.empty()) {
    std::size_t room = tokens_of_next_item(left, num_threads, most_tokens);
    auto next = std::prev(rows.end());  // the longest, even where it is too long
    items.emplace_back();
    for (;;) {
      items.back().push_back(next->second);
      left -= next->first;
      room -= std::min(room, next->first);
      rows.erase(next);
      next = rows.upper_bound({room, std::numeric_limits<std::uint32_t>::max()});
      if (next == rows.begin()) break;
      --next;
    }
  }
  return items;
}

}  // namespace prospect
