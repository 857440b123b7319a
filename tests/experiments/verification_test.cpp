#include "experiments/verification.h"

#include <doctest/doctest.h>

#include "experiments/environment.h"
#include "tests/experiments/list_strategy.h"
#include "tests/experiments/toy_experiment.h"
#include "tests/support/expect_error.h"

namespace prospect {
namespace {

struct VerifiedToy {
  VerifiedToy() {
    toy.json["strategies"] = Json::array(
        {{{"name", test::kListStrategy}, {"options", {{"words", {"w11", "w10 w20", "w12"}}}}}});
    experiment = toy.open();
    test::run_session(experiment, toy.run_folder());
    store = RunStore::open_read_only(toy.run_folder());
  }
  Verification verify(Model& model, std::int64_t top = 2) {
    return verify_run(*store, experiment, model, top, [](const std::string&) {});
  }

  test::ToyExperiment toy;
  Experiment experiment;
  std::unique_ptr<RunStore> store;
};

TEST_CASE("a run's best numbers are computed again, on test where it was opened") {
  VerifiedToy toy;
  test::ToyModel model;
  const Verification result = toy.verify(model);

  REQUIRE(result.numbers.size() == 3);  // ranks 1 and 2 on dev, rank 1 on test
  CHECK(result.num_held() == 3);
  for (const auto& number : result.numbers) CHECK(number.same());
  CHECK(result.numbers[1].pool == "test");
  CHECK(result.numbers[0].max_difference == 0.0);
  CHECK(to_json(result)["failed"] == 0);
}

TEST_CASE("a number that changed does not hold, and one within the tolerance does") {
  VerifiedNumber number;
  number.stored.value = number.now.value = 0.75;
  number.stored.log_likelihood = -0.5;
  number.now.log_likelihood = -0.50005;
  number.max_difference = 1e-4;
  CHECK(number.holds());
  CHECK(!number.same());
  number.now.log_likelihood = -0.5002;
  CHECK(!number.holds());
  number.now = number.stored;
  number.max_difference = 0.0;
  CHECK(number.same());
  number.now.value = 0.8;
  CHECK(!number.holds());
  number.now = number.stored;
  number.failure = "too long";
  CHECK(!number.holds());
}

TEST_CASE("a model that fails where it did not, fails the verification") {
  VerifiedToy toy;
  test::ToyModel model;
  model.toy_scorer.failing = "w10";
  const Verification result = toy.verify(model, 1);

  CHECK(result.num_held() == 0);
  CHECK(!result.numbers[0].failure.empty());
}

TEST_CASE("the processor's numeric instructions are read from what the system says") {
  const Json info = parse_cpu_info(
      "processor\t: 0\nmodel name\t: Some CPU @ 2GHz\nflags\t\t: fpu avx2 sse4_1 fma bf16x rdtscp\n"
      "processor\t: 1\nmodel name\t: Other\nflags\t\t: avx512f\n");

  CHECK(info["cpu"] == "Some CPU @ 2GHz");
  CHECK(info["cpu_flags"] == Json({"avx2", "sse4_1", "fma", "bf16x"}));
  CHECK(parse_cpu_info("nothing")["cpu"].is_null());
}

TEST_CASE("what changed between two sessions is named with both values") {
  const Json before{{"blas", "a"}, {"cpu_flags", {"x", "y"}}, {"threads", 2}};
  const Json now{{"blas", "b"}, {"cpu_flags", {"x", "z"}}, {"threads", 2}};

  CHECK(changed_since(before, now) ==
        Json({{"blas", Json::array({"a", "b"})},
              {"cpu_flags", Json::array({Json::array({"x", "y"}), Json::array({"x", "z"})})}}));
  CHECK(changed_since(now, now).empty());
}

}  // namespace
}  // namespace prospect
