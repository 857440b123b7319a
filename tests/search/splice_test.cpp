#include "search/detail/splice.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

namespace prospect {
namespace {

PromptUnits units_of(const char* text) {
  return split_units(Template::parse(text), Granularity::word);
}

TEST_CASE(
    "a splice of prompts of one layout is a beginning and an end, cut between the same slots") {
  Rng rng(1, "test");
  const auto first = units_of("{text} a b {mask}"), second = units_of("{text} x y {mask}");
  // Two words a side: three cuts each between the slots, and the whole of one parent.
  const std::set<std::string> expected = {
      "{text} {mask}",     "{text} y {mask}",     "{text} x y {mask}",
      "{text} a {mask}",   "{text} a y {mask}",   "{text} a x y {mask}",
      "{text} a b {mask}", "{text} a b y {mask}", "{text} a b x y {mask}"};
  std::set<std::string> seen;
  for (int i = 0; i < 500; ++i) seen.insert(join_units(splice(first, second, rng)).text());
  CHECK(seen == expected);
}

TEST_CASE("a splice holds the slots of the first parent, whatever the second's layout") {
  Rng rng(2, "test");
  const auto first = units_of("{text} It was {mask}."), second = units_of("A {mask} news: {text}");
  bool mixes = false;
  for (int i = 0; i < 200; ++i) {
    const Template child = join_units(splice(first, second, rng));
    CHECK(child.fields() == std::vector<std::string>{"text"});
    CHECK(child.num_answer_slots() == 1);
    mixes = mixes || child.text().find("news") != std::string::npos;
  }
  CHECK(mixes);
}

TEST_CASE("the differential puts the second's words where the two differ") {
  Rng rng(3, "test");
  const auto base = units_of("{text} p q r {mask}");
  const auto a = units_of("{text} k l {mask}"), b = units_of("{text} k m n o {mask}");
  const auto mixed = differential(base, a, b, 1, rng);
  REQUIRE(mixed);
  // k is common to both; l differs from m, and n and o are b's alone.
  CHECK(join_units(mixed->units).text() == "{text} p m n o {mask}");
  CHECK(mixed->changed == std::vector<std::size_t>{2, 3, 4});
  CHECK(join_units(differential(base, a, b, 0, rng)->units) == join_units(base));
  CHECK(join_units(differential(base, a, a, 1, rng)->units) == join_units(base));
}

TEST_CASE("the differential of prompts with other slots is none") {
  Rng rng(4, "test");
  CHECK_FALSE(differential(units_of("{text} p {mask}"), units_of("{mask} p {text}"),
                           units_of("{text} q {mask}"), 1, rng));
}

}  // namespace
}  // namespace prospect
