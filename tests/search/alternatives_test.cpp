#include "search/detail/alternatives.h"

#include <doctest/doctest.h>

#include "core/error.h"
#include "tests/support/expect_error.h"

namespace prospect {
namespace {

using Choices = std::vector<std::vector<std::string>>;

TEST_CASE("alternatives are read in order, each once") {
  CHECK(parse_alternatives("{text} [It|All||It] was {mask}.", "test") ==
        Choices{{"{text} "}, {"It", "All", ""}, {" was {mask}."}});
}

TEST_CASE("a field's operator is no alternative, and a bracket may be doubled") {
  CHECK(parse_alternatives("[{text|keep}|x] [[0]] [1]", "test") ==
        Choices{{"{text|keep}", "x"}, {" [0] [1]"}});
}

TEST_CASE("a bracket that is not closed is refused with its place") {
  test::expect_error(ErrorKind::input, "at byte 3",
                     [] { parse_alternatives("a [b|c", "option 'templates'"); });
  test::expect_error(ErrorKind::input, "at byte 1",
                     [] { parse_alternatives("[b|[c|d]]", "option 'templates'"); });
  test::expect_error(ErrorKind::input, "expected '['",
                     [] { parse_alternatives("a|b] c", "option 'templates'"); });
}

TEST_CASE("a product counts with the last place fastest") {
  const std::vector<std::uint64_t> sizes = {2, 3};
  CHECK(product_size(sizes) == 6);
  CHECK(product_at(sizes, 0) == std::vector<std::uint64_t>{0, 0});
  CHECK(product_at(sizes, 4) == std::vector<std::uint64_t>{1, 1});
  CHECK(product_size({1ULL << 40, 1ULL << 40}) == ~0ULL);
}

}  // namespace
}  // namespace prospect
