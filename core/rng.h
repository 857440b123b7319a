#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace prospect {

/// A random stream with a name: the same (seed, name) gives the same numbers on every machine.
///
/// Every random choice of a run draws from a stream of its own, so that adding one strategy never
/// shifts another's choices. Source: xoshiro256** (Blackman and Vigna 2018), seeded by SplitMix64.
class Rng {
 public:
  using Words = std::array<std::uint64_t, 4>;

  /// Starts the stream called `name` of the experiment seed `seed`.
  Rng(std::uint64_t seed, std::string_view name);

  /// Continues a stream at the words that `words()` gave.
  explicit Rng(const Words& words) : words_(words) {}

  /// The stream's whole state.
  const Words& words() const { return words_; }

  /// 64 uniform bits.
  std::uint64_t next();

  /// A uniform integer in [0, bound), without bias. `bound` is at least 1.
  std::uint64_t below(std::uint64_t bound);

  /// A uniform number in [0, 1), with 53 random bits.
  double uniform();

  /// Puts `items` in a uniformly random order (Fisher and Yates).
  template <class T>
  void shuffle(std::vector<T>& items) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }

 private:
  Words words_;
};

}  // namespace prospect
