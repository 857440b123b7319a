#include "experiments/budget.h"

#include <doctest/doctest.h>

#include "tests/support/expect_error.h"

namespace prospect {
namespace {

Budget read(const Json& json) {
  return budget_from_json(JsonReader(json, "experiment.json#/budget"));
}

TEST_CASE("a budget is a name or numbers, and a name means its numbers") {
  CHECK(read("light").evaluations == named_budgets().front().evaluations);
  CHECK(read({{"evaluations", 20}, {"seconds", 0.5}}).seconds == 0.5);
  CHECK(to_json(read("medium")) == to_json(read(to_json(read("medium")))));
}

TEST_CASE("limits that are set are kept, and the others take no part in a run's identity") {
  const Json limits = {{"evaluations", 20}, {"tokens", 900}, {"trials", 7},
                       {"patience", 5},     {"target", 0.9}, {"seconds", nullptr}};

  CHECK(to_json(read(limits)) == limits);
  CHECK(to_json(read({{"evaluations", 20}})) == Json{{"evaluations", 20}, {"seconds", nullptr}});
}

TEST_CASE("a wrong budget is refused at its place") {
  test::expect_error(ErrorKind::input, "did you mean 'medium'", [] { read("mediun"); });
  test::expect_error(ErrorKind::input, "#/budget/evaluation: unknown key", [] {
    read({{"evaluation", 5}});
  });
  test::expect_error(ErrorKind::input, "evaluations", [] { read(Json::object()); });
  test::expect_error(ErrorKind::input, "at least 1", [] { read({{"evaluations", 0}}); });
  test::expect_error(ErrorKind::input, "at most", [] { read({{"evaluations", 1e15}}); });
  test::expect_error(ErrorKind::input, "seconds above 0", [] {
    read({{"evaluations", 5}, {"seconds", -1}});
  });
  test::expect_error(ErrorKind::input, "#/budget/tokens", [] {
    read({{"evaluations", 5}, {"tokens", 0}});
  });
  test::expect_error(ErrorKind::input, "#/budget/target", [] {
    read({{"evaluations", 5}, {"target", "high"}});
  });
  test::expect_error(ErrorKind::input, "light", [] { read(17); });
}

TEST_CASE("shares are equal, and what one leaves flows to those that follow") {
  std::int64_t left = 100;
  const std::int64_t first = next_share(left, 3);
  left -= 10;  // it used less than its share
  const std::int64_t second = next_share(left, 2);
  left -= second;

  CHECK(first == 33);
  CHECK(second == 45);
  CHECK(next_share(left, 1) == 45);
}

TEST_CASE("rooms are shared thing by thing, and what has no limit stays without one") {
  const Rooms share =
      next_share(Rooms{100, std::nullopt, 30, std::nullopt} - Rooms{10, 5.0, 9, 2}, 3);

  CHECK(share.evaluations == 30);
  CHECK(share.tokens == 7);
  CHECK(!share.seconds);
  CHECK(!share.trials);
}

TEST_CASE("a meter takes what fits and nothing of what does not") {
  Meter meter(10, 4);

  CHECK(!meter.charge(7));
  CHECK(meter.spent() == 4);
  CHECK(meter.charge(6));
  CHECK(meter.left() == 0);
}

}  // namespace
}  // namespace prospect
