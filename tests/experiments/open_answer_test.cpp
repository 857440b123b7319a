#include "experiments/open_answer.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/support/expect_error.h"
#include "tests/support/toy_model.h"

namespace prospect {
namespace {

TEST_CASE("an open answer of each length is written, the best by mean log-probability first") {
  test::ToyModel model;
  const Template prompt = parse_prompt("w01 {mask} w02.", "test");
  for (const FillOrder order : {FillOrder::left_to_right, FillOrder::most_confident}) {
    const auto answers = open_answers(model, prompt, 4, order, "test");

    REQUIRE(answers.size() == 4);
    std::vector<std::size_t> lengths;
    for (const auto& answer : answers) {
      lengths.push_back(answer.ids.size());
      CHECK(answer.num_forwards == static_cast<std::int64_t>(answer.ids.size()));
      CHECK(answer.text == model.vocabulary().decode(answer.ids));
      for (const TokenId id : answer.ids) CHECK_FALSE(model.vocabulary().traits(id).special);
    }
    CHECK(std::is_sorted(answers.begin(), answers.end(), [](const auto& a, const auto& b) {
      return a.mean_log_p() > b.mean_log_p();
    }));
    std::sort(lengths.begin(), lengths.end());
    CHECK(lengths == std::vector<std::size_t>{1, 2, 3, 4});
  }
}

TEST_CASE("the surest mask first gives an answer no less probable at its first step") {
  test::ToyModel model;
  const Template prompt = parse_prompt("w01 {mask} w02.", "test");
  const auto left = open_answers(model, prompt, 1, FillOrder::left_to_right, "test");
  const auto sure = open_answers(model, prompt, 1, FillOrder::most_confident, "test");
  CHECK(left[0].ids == sure[0].ids);
}

TEST_CASE("an open answer needs exactly one slot") {
  test::ToyModel model;
  test::expect_error(ErrorKind::input, "expected one {mask} for an answer of several tokens", [&] {
    open_answers(model, parse_prompt("{mask} and {mask}", "test"), 2, FillOrder::left_to_right,
                 "test");
  });
}

}  // namespace
}  // namespace prospect
