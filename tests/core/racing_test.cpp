#include "core/racing.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <vector>

namespace prospect {
namespace {

using Indices = std::vector<std::size_t>;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::vector<std::int32_t> labels_of(const std::map<std::int32_t, int>& counts, Rng& rng) {
  std::vector<std::int32_t> labels;
  for (const auto& [label, count] : counts)
    labels.insert(labels.end(), static_cast<std::size_t>(count), label);
  rng.shuffle(labels);
  return labels;
}

void check_every_example_once(const BlockSchedule& schedule, std::size_t total) {
  auto sorted = schedule.order;
  std::sort(sorted.begin(), sorted.end());
  REQUIRE(sorted.size() == total);
  for (std::size_t i = 0; i < total; ++i) CHECK(sorted[i] == i);
}

TEST_CASE("a schedule holds every example once, in blocks that double what was seen") {
  Rng rng(1, "race");
  const auto labels = labels_of({{0, 50}, {1, 50}}, rng);

  const auto schedule = stratified_blocks(labels, 16, rng);

  check_every_example_once(schedule, 100);
  CHECK(schedule.block_ends == Indices{16, 32, 64, 100});
}

TEST_CASE("blocks of balanced labels are balanced") {
  Rng rng(2, "race");
  const auto labels = labels_of({{0, 32}, {1, 32}}, rng);

  const auto schedule = stratified_blocks(labels, 8, rng);

  std::size_t begin = 0;
  for (const std::size_t end : schedule.block_ends) {
    std::size_t ones = 0;
    for (std::size_t i = begin; i < end; ++i) ones += labels[schedule.order[i]] == 1 ? 1 : 0;
    CHECK(ones * 2 == end - begin);
    begin = end;
  }
}

TEST_CASE("whatever was seen holds each label within one example of its share") {
  Rng rng(3, "race");
  for (const std::map<std::int32_t, int>& counts :
       {std::map<std::int32_t, int>{{0, 97}, {1, 2}, {2, 1}},
        {{0, 7}, {1, 5}, {2, 3}, {3, 11}, {-1, 4}},
        {{5, 1}},
        {{0, 1}, {1, 1}, {2, 1}, {3, 1}, {4, 1}},
        {{0, 33}, {1, 34}, {2, 33}, {3, 90}}}) {
    const auto labels = labels_of(counts, rng);
    const auto schedule = stratified_blocks(labels, 4, rng);
    check_every_example_once(schedule, labels.size());

    std::map<std::int32_t, double> seen;
    for (std::size_t i = 0; i < labels.size(); ++i) {
      ++seen[labels[schedule.order[i]]];
      for (const auto& [label, count] : counts) {
        const double share =
            static_cast<double>(i + 1) * count / static_cast<double>(labels.size());
        CHECK(std::abs(seen[label] - share) < 1.0);
      }
    }
  }
}

TEST_CASE("a schedule is a function of its stream, and another stream gives another") {
  Rng labels_rng(4, "labels"), a(5, "race"), b(5, "race"), c(6, "race");
  const auto labels = labels_of({{0, 20}, {1, 30}}, labels_rng);

  const auto first = stratified_blocks(labels, 4, a);

  CHECK(stratified_blocks(labels, 4, b).order == first.order);
  CHECK(stratified_blocks(labels, 4, c).order != first.order);
}

TEST_CASE("schedules of few examples and odd first blocks are sound") {
  Rng rng(7, "race");
  const std::vector<std::int32_t> none, three{0, 1, 0};

  CHECK(stratified_blocks(none, 8, rng).order.empty());
  CHECK(stratified_blocks(none, 8, rng).block_ends.empty());
  CHECK(stratified_blocks(three, 100, rng).block_ends == Indices{3});
  CHECK(stratified_blocks(three, 3, rng).block_ends == Indices{3});
  CHECK(stratified_blocks(three, 0, rng).block_ends == Indices{1, 2, 3});
  CHECK(stratified_blocks(three, SIZE_MAX, rng).block_ends == Indices{3});
}

TEST_CASE("the best half survives, rounded up") {
  CHECK(survivors(std::vector{0.1, 0.9, 0.5, 0.7}, 1) == Indices{1, 3});
  CHECK(survivors(std::vector{0.1, 0.9, 0.5}, 1) == Indices{1, 2});
  CHECK(survivors(std::vector{0.3}, 0) == Indices{0});
  CHECK(survivors(std::vector<double>{}, 3).empty());
}

TEST_CASE("never fewer than asked for survive, and never more than there are") {
  CHECK(survivors(std::vector{0.1, 0.9, 0.5, 0.7}, 3) == Indices{1, 2, 3});
  CHECK(survivors(std::vector{0.1, 0.9}, 10) == Indices{0, 1});
}

TEST_CASE("of equal scores the earlier survives") {
  CHECK(survivors(std::vector{0.5, 0.5, 0.5, 0.5}, 1) == Indices{0, 1});
  CHECK(survivors(std::vector{0.5, 0.9, 0.5, 0.5, 0.5}, 1) == Indices{0, 1, 2});
}

TEST_CASE("NaN ranks below every number, even minus infinity") {
  CHECK(survivors(std::vector{kNaN, -kInfinity, kNaN, 0.1}, 1) == Indices{1, 3});
  CHECK(survivors(std::vector{kNaN, 0.2, kNaN, kNaN}, 1) == Indices{0, 1});
  CHECK(survivors(std::vector{kNaN, kNaN, kNaN}, 1) == Indices{0, 1});
  CHECK(survivors(std::vector{0.0, kInfinity, kNaN}, 1) == Indices{0, 1});
}

}  // namespace
}  // namespace prospect
