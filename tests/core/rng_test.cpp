#include "core/rng.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <vector>

#include "tests/support/check_close.h"

namespace prospect {
namespace {

using test::check_close;

TEST_CASE("the generator is xoshiro256**: its published numbers from the state 1, 2, 3, 4") {
  Rng rng(Rng::Words{1, 2, 3, 4});
  CHECK(rng.next() == 11520U);
  CHECK(rng.next() == 0U);
  CHECK(rng.next() == 1509978240U);
  CHECK(rng.next() == 1215971899390074240U);
  CHECK(rng.next() == 1216172134540287360U);
  CHECK(rng.next() == 607988272756665600U);
}

TEST_CASE("a stream's first numbers never change") {
  Rng rng(7, "autoprompt");
  CHECK(rng.next() == 16785727177641850618U);
  CHECK(rng.next() == 10534154237380552756U);
  CHECK(rng.below(1000) == 807U);
  CHECK(rng.uniform() == 0.6569957654347632);
}

TEST_CASE("streams of another seed or another name differ") {
  std::set<std::uint64_t> first;
  for (std::uint64_t seed = 0; seed < 100; ++seed)
    for (const char* name : {"", "a", "b", "ab", "ba"}) first.insert(Rng(seed, name).next());

  CHECK(first.size() == 500);
}

TEST_CASE("a stream continues from its words") {
  Rng rng(3, "words");
  rng.next();

  Rng copy(rng.words());

  for (int i = 0; i < 10; ++i) CHECK(copy.next() == rng.next());
}

TEST_CASE("below is uniform over a small range") {
  Rng rng(1, "die");
  std::vector<int> counts(6);
  for (int i = 0; i < 60'000; ++i) ++counts[rng.below(6)];

  // Chi-squared with 5 degrees of freedom exceeds 20.5 once in a thousand seeds.
  double chi_squared = 0;
  for (const int count : counts) chi_squared += (count - 10'000.0) * (count - 10'000.0) / 10'000.0;
  CHECK(chi_squared < 20.5);
}

TEST_CASE("below is uniform where a bare remainder would not be") {
  // Of a bare remainder by 3 * 2^62, half would lie in the first third.
  Rng rng(1, "thirds");
  const std::uint64_t third = std::uint64_t{1} << 62;
  int in_first = 0;
  for (int i = 0; i < 30'000; ++i) in_first += rng.below(3 * third) < third ? 1 : 0;

  check_close(in_first / 30'000.0, 1.0 / 3, 0.011);  // four deviations of sqrt(2/9 / 30000)
}

TEST_CASE("below one is always zero, and the largest bound is allowed") {
  Rng rng(1, "edges");
  for (int i = 0; i < 10; ++i) CHECK(rng.below(1) == 0);
  for (int i = 0; i < 10; ++i) CHECK(rng.below(UINT64_MAX) < UINT64_MAX);
}

TEST_CASE("uniform numbers lie in [0, 1) with mean one half and variance one twelfth") {
  Rng rng(1, "uniform");
  double sum = 0, squares = 0;
  for (int i = 0; i < 100'000; ++i) {
    const double x = rng.uniform();
    REQUIRE(x >= 0.0);
    REQUIRE(x < 1.0);
    sum += x;
    squares += (x - 0.5) * (x - 0.5);
  }
  check_close(sum / 100'000, 0.5, 0.004);  // four deviations of sqrt(1/12 / 100000)
  check_close(squares / 100'000, 1.0 / 12, 0.001);
}

TEST_CASE("shuffle gives a permutation, and each of the six of three items equally often") {
  std::vector<int> many(1000);
  std::iota(many.begin(), many.end(), 0);
  auto shuffled = many;
  Rng rng(1, "shuffle");
  rng.shuffle(shuffled);
  CHECK(shuffled != many);
  CHECK(std::is_permutation(shuffled.begin(), shuffled.end(), many.begin()));

  std::vector<int> counts(6);
  for (int i = 0; i < 6000; ++i) {
    std::vector<int> three{0, 1, 2};
    rng.shuffle(three);
    ++counts[static_cast<std::size_t>(three[0] * 2 + (three[1] > three[2] ? 1 : 0))];
  }
  for (const int count : counts) check_close(count, 1000, 120);  // four deviations of sqrt(833)
}

TEST_CASE("shuffle leaves nothing and one item alone, and draws nothing for them") {
  Rng rng(1, "none");
  const auto before = rng.words();
  std::vector<int> none, one{5};
  rng.shuffle(none);
  rng.shuffle(one);

  CHECK(one == std::vector<int>{5});
  CHECK(rng.words() == before);
}

}  // namespace
}  // namespace prospect
