#include "scoring/checkpoint/huge_pages.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <thread>
#include <vector>

namespace prospect {
namespace {

TEST_CASE("memory in huge pages is aligned, zero and apart, from any thread and at any size") {
  HugePages pages;
  struct Piece {
    std::byte* begin;
    std::size_t size;
  };
  const std::size_t sizes[] = {1, 64, 100, 3'000'000, std::size_t{80} << 20, 7, 2 << 20};
  std::vector<Piece> pieces(4 * std::size(sizes));
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < std::size(sizes); ++i)
        pieces[t * std::size(sizes) + i] = {pages.allocate(sizes[i]), sizes[i]};
    });
  for (auto& thread : threads) thread.join();

  std::sort(pieces.begin(), pieces.end(),
            [](const Piece& a, const Piece& b) { return a.begin < b.begin; });
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    CHECK(reinterpret_cast<std::uintptr_t>(pieces[i].begin) % 64 == 0);
    CHECK(pieces[i].begin[0] == std::byte{0});
    CHECK(pieces[i].begin[pieces[i].size - 1] == std::byte{0});
    if (i > 0) CHECK(pieces[i - 1].begin + pieces[i - 1].size <= pieces[i].begin);
    pieces[i].begin[pieces[i].size - 1] = std::byte{1};
  }
}

}  // namespace
}  // namespace prospect
