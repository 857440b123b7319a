#include "experiments/comparison.h"

#include <doctest/doctest.h>

#include "core/paired_test.h"
#include "experiments/study_parts.h"
#include "tests/experiments/list_strategy.h"
#include "tests/experiments/toy_experiment.h"
#include "tests/support/check_close.h"
#include "tests/support/expect_error.h"

namespace prospect {
namespace {

using test::check_close;
using test::ToyExperiment;

TEST_CASE("an entry is named by its run, its rank or its strategy") {
  CHECK(parse_entry_choice("runs/a", "x").run == "runs/a");
  CHECK(!parse_entry_choice("runs/a", "x").rank);
  CHECK(parse_entry_choice("runs/a#12", "x").rank == 12);
  CHECK(parse_entry_choice("runs/#1#manual", "x").strategy == "manual");
  CHECK(parse_entry_choice("runs/#1#manual", "x").run == "runs/#1");
  for (const char* wrong : {"", "#1", "runs/a#", "runs/a#0", "runs/a#99999999999999999999"}) {
    CAPTURE(wrong);
    test::expect_error(ErrorKind::usage, "expected RUN", [&] { parse_entry_choice(wrong, "x"); });
  }
}

TEST_CASE("a comparison counts what one alone has right and tests both hypotheses") {
  Judgement a, b;
  a.num_labels = b.num_labels = 2;
  a.gold = b.gold = {0, 0, 0, 0, 1, 1, 1, 1};
  a.predicted = {0, 0, 0, 0, 1, 1, 1, 0};
  b.predicted = {1, 1, 1, 0, -1, 0, 0, 1};
  a.gold_log_p = {-0.1, -0.1, -0.1, -0.1, -0.1, -0.1, -0.1, -0.1};
  b.gold_log_p = {-1.1, -1.1, -1.1, -1.1, -1.1, -1.1, -1.1, -1.1};
  Rng rng(1, "test");

  const PairedComparison result = compare(a, b, rng);

  CHECK(result.only_a == 6);
  CHECK(result.only_b == 1);
  CHECK(result.p_right == mcnemar_exact(6, 1));
  check_close(result.log_likelihood_a - result.log_likelihood_b, 1, 1e-12);
  check_close(result.p_log_likelihood, 2.0 / 256, 1e-12);  // all of one sign
}

struct Pair {
  Pair() {
    toy.json["split_seeds"] = {13, 21};
    toy.json["strategies"] = Json::array(
        {{{"name", "manual"}},
         {{"name", test::kListStrategy}, {"options", {{"words", {"w11", "w10 w20 w30"}}}}}});
    experiment = toy.open();
    test::run_session(experiment, toy.folder() / "one");
    one = RunStore::open_read_only(toy.folder() / "one");
  }
  std::function<Task(std::uint64_t)> task_of() {
    return [this](std::uint64_t seed) { return split_task(experiment, seed); };
  }
  RunComparison compare_within(const std::string& a, const std::string& b) {
    return compare_runs(*one, parse_entry_choice("one" + a, "A"), *one,
                        parse_entry_choice("one" + b, "B"), task_of());
  }

  ToyExperiment toy;
  Experiment experiment;
  std::unique_ptr<RunStore> one;
};

TEST_CASE("two strategies of a run are compared split by split, adjusted over the splits") {
  Pair pair;
  const RunComparison result =
      pair.compare_within("#" + std::string(test::kListStrategy), "#manual");

  REQUIRE(result.splits.size() == 2);
  for (const auto& split : result.splits) {
    CHECK(split.value_a == 1.0);
    CHECK(split.value_a - split.value_b ==
          doctest::Approx((static_cast<double>(split.only_a) - static_cast<double>(split.only_b)) /
                          16));
    CHECK(split.p_right_holm >= split.p_right);
    CHECK(split.num_examples == 16);
  }
  const std::string text = write_markdown(result);
  CHECK(text.find("| 13 | 16 | 1.000 |") != std::string::npos);
  CHECK(to_json(result)["splits"].size() == 2);
}

TEST_CASE("an entry does not differ from itself") {
  Pair pair;
  const RunComparison result = pair.compare_within("", "#1");

  for (const auto& split : result.splits) {
    CHECK(split.only_a + split.only_b == 0);
    CHECK(split.p_right == 1);
    CHECK(split.p_log_likelihood == 1);
  }
}

TEST_CASE("what is not on the same examples is not compared, and the reason is given") {
  Pair pair;
  test::run_session(pair.toy.open({"/shots=4"}), pair.toy.folder() / "two");
  const auto two = RunStore::open_read_only(pair.toy.folder() / "two");

  test::expect_error(ErrorKind::usage, "another shots (8, not 4)", [&] {
    compare_runs(*pair.one, {"one", {}, {}}, *two, {"two", {}, {}}, pair.task_of());
  });
  test::expect_error(ErrorKind::usage, "did you mean 'manual'?",
                     [&] { pair.compare_within("#manul", ""); });
  test::expect_error(ErrorKind::usage, "an entry of rank 99",
                     [&] { pair.compare_within("#99", ""); });
}

}  // namespace
}  // namespace prospect
