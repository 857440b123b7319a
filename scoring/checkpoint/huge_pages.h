#pragma once

#include <cstddef>
#include <mutex>
#include <vector>

namespace prospect {

/// Memory for weights, given back all at once: it lies in pages of 2 MiB, where the system has
/// them, that are mapped before they are written.
///
/// On a virtual machine the first touch of an ordinary page of 4 KiB was seen to cost 8 us, so that
/// the 340 MB of a packed BERT-base took longer to touch (1.2 s) than to pack; in this way they
/// take 0.04 s.
class HugePages {
 public:
  HugePages() = default;
  ~HugePages();
  HugePages(const HugePages&) = delete;
  HugePages& operator=(const HugePages&) = delete;

  /// Bytes at a multiple of 64, all zero; from any thread.
  /// @throws std::bad_alloc
  std::byte* allocate(std::size_t size);

 private:
  struct Chunk {
    std::byte* begin = nullptr;
    std::size_t size = 0, used = 0, mapped = 0;
  };
  void add_chunk(std::size_t size);

  std::mutex mutex_;
  std::vector<Chunk> chunks_;  // the last is the one that is filled
};

}  // namespace prospect
