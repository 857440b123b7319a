#include "scoring/checkpoint/huge_pages.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <new>

namespace prospect {
namespace {

constexpr std::size_t kPage = std::size_t{2} << 20;
// Addresses alone: a page takes memory when it is mapped.
constexpr std::size_t kChunk = 32 * kPage;
constexpr std::size_t kAlignment = 64;

std::size_t rounded_up(std::size_t size, std::size_t multiple) {
  return (size + multiple - 1) / multiple * multiple;
}

}  // namespace

HugePages::~HugePages() {
  for (const Chunk& chunk : chunks_) ::munmap(chunk.begin, chunk.size);
}

std::byte* HugePages::allocate(std::size_t size) {
  const std::lock_guard guard(mutex_);
  size = rounded_up(size, kAlignment);
  if (chunks_.empty() || size > chunks_.back().size - chunks_.back().used)
    add_chunk(std::max(kChunk, rounded_up(size, kPage)));
  Chunk& chunk = chunks_.back();
  std::byte* const result = chunk.begin + chunk.used;
  chunk.used += size;
  if (const std::size_t wanted = rounded_up(chunk.used, kPage); wanted > chunk.mapped) {
#ifdef MADV_POPULATE_WRITE
    // Advice alone: where it is refused, the pages come as they are touched.
    ::madvise(chunk.begin + chunk.mapped, wanted - chunk.mapped, MADV_POPULATE_WRITE);
#endif
    chunk.mapped = wanted;
  }
  return result;
}

void HugePages::add_chunk(std::size_t size) {
  // A page more, so that whole ones fit between two multiples of their size.
  void* const address = ::mmap(nullptr, size + kPage, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (address == MAP_FAILED) throw std::bad_alloc();
  auto* const bytes = static_cast<std::byte*>(address);
  const std::size_t before = rounded_up(reinterpret_cast<std::uintptr_t>(bytes), kPage) -
                             reinterpret_cast<std::uintptr_t>(bytes);
  if (before > 0) ::munmap(bytes, before);
  if (before < kPage) ::munmap(bytes + before + size, kPage - before);
  ::madvise(bytes + before, size, MADV_HUGEPAGE);
  chunks_.push_back({bytes + before, size});
}

}  // namespace prospect
