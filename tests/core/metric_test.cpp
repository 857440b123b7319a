#include "core/metric.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

#include "tests/support/check_close.h"
#include "tests/support/expect_error.h"

namespace prospect {
namespace {

using test::check_close;
using test::expect_error;
using Ints = std::vector<std::int32_t>;

Judgement answers(std::size_t num_labels, Ints gold, Ints predicted) {
  Judgement judgement;
  judgement.num_labels = num_labels;
  judgement.gold = std::move(gold);
  judgement.predicted = std::move(predicted);
  return judgement;
}

Judgement ranks(Ints rank) {
  Judgement judgement = answers(9, Ints(rank.size()), Ints(rank.size()));
  judgement.rank = std::move(rank);
  return judgement;
}

Judgement numbers(std::vector<double> expected, std::vector<double> gold_value) {
  Judgement judgement = answers(2, Ints(expected.size()), Ints(expected.size()));
  judgement.expected = std::move(expected);
  judgement.gold_value = std::move(gold_value);
  return judgement;
}

double value_of(const std::string& metric, const Judgement& judgement) {
  return measure(find_metric(metric), judgement).value;
}

// Three labels; the fifth example is a tie, the last label is never predicted.
const Judgement kThree = answers(3, {0, 0, 0, 1, 1, 2}, {0, 0, 1, 1, -1, 1});

// Two labels: 4 true positives, 1 false positive, 2 false negatives, 3 true negatives.
const Judgement kTwo = answers(2, {1, 1, 1, 1, 0, 1, 1, 0, 0, 0}, {1, 1, 1, 1, 1, 0, 0, 0, 0, 0});

TEST_CASE("accuracy counts a tie as wrong") {
  check_close(value_of("accuracy", kThree), 3.0 / 6, 1e-12);
  check_close(value_of("accuracy", kTwo), 7.0 / 10, 1e-12);
  CHECK(value_of("accuracy", answers(2, {0, 1}, {-1, -1})) == 0.0);
}

TEST_CASE("balanced accuracy is the mean over the labels that occur in gold") {
  // Labels 0, 1, 2: 2/3, 1/2, 0/1; their mean is 7/18.
  check_close(value_of("balanced_accuracy", kThree), 7.0 / 18, 1e-12);
  // Label 1 is predicted but never gold, so only label 0 counts: 1/2.
  check_close(value_of("balanced_accuracy", answers(2, {0, 0}, {0, 1})), 0.5, 1e-12);
}

TEST_CASE("F1 is that of the last label") {
  // 2 * 4 / (2 * 4 + 1 + 2) = 8/11.
  check_close(value_of("f1", kTwo), 8.0 / 11, 1e-12);
  // A tie is a miss: TP 1, FN 1, FP 0: 2/3.
  check_close(value_of("f1", answers(2, {1, 1, 0}, {1, -1, -1})), 2.0 / 3, 1e-12);
}

TEST_CASE("F1 is 0 where the positive class is neither gold nor predicted") {
  CHECK(value_of("f1", answers(2, {0, 0}, {0, 0})) == 0.0);
  CHECK(value_of("f1", answers(2, {1, 1}, {0, 0})) == 0.0);
}

TEST_CASE("macro F1 is the mean over the labels that are gold or predicted") {
  // Label 0: 2*2 / (3 gold + 2 predicted) = 4/5; label 1: 2*1 / (2 + 3) = 2/5; label 2: 0/1 = 0.
  check_close(value_of("macro_f1", kThree), 1.2 / 3, 1e-12);
  // Label 1 is predicted and never gold: 0, and it counts. Label 0: 2 / (2 + 1) = 2/3.
  check_close(value_of("macro_f1", answers(3, {0, 0}, {0, 1})), 1.0 / 3, 1e-12);
  // Label 2 is neither: it does not count.
  check_close(value_of("macro_f1", answers(3, {0, 1}, {0, 1})), 1.0, 1e-12);
}

TEST_CASE("Matthews correlation of two labels is the well-known one") {
  // (4 * 3 - 1 * 2) / sqrt(5 * 6 * 4 * 5) = 10 / sqrt(600).
  check_close(value_of("matthews", kTwo), 10 / std::sqrt(600.0), 1e-12);
  CHECK(value_of("matthews", answers(2, {0, 1}, {0, 1})) == 1.0);
  CHECK(value_of("matthews", answers(2, {0, 1}, {1, 0})) == -1.0);
}

TEST_CASE("Matthews correlation of three labels is Gorodkin's, a tie an answer of its own") {
  // Right 3 of 6; gold (3, 2, 1), predicted (2, 3, 0) and one tie.
  // (3*6 - (6 + 6 + 0)) / sqrt((36 - 4 - 9 - 0 - 1) * (36 - 9 - 4 - 1)) = 6 / sqrt(22 * 22).
  check_close(value_of("matthews", kThree), 6.0 / 22, 1e-12);
}

TEST_CASE("Matthews correlation is 0 where gold or the answers are all one label") {
  CHECK(value_of("matthews", answers(2, {0, 1, 1}, {1, 1, 1})) == 0.0);
  CHECK(value_of("matthews", answers(2, {1, 1, 1}, {0, 1, 1})) == 0.0);
  CHECK(value_of("matthews", answers(2, {0, 1}, {-1, -1})) == 0.0);
}

TEST_CASE("Pearson correlation compares expected and gold values") {
  // A permutation of four: 1 - 6 * (0 + 1 + 1 + 0) / (4 * 15) = 0.8.
  check_close(value_of("pearson", numbers({1, 2, 3, 4}, {1, 3, 2, 4})), 0.8, 1e-12);
  check_close(value_of("pearson", numbers({1, 2, 3}, {30, 20, 10})), -1.0, 1e-12);
  // A shift that is large beside the spread costs no digits: deviations (-1, 0, 1) and (-1, 1, 0)
  // give 1 / 2.
  check_close(value_of("pearson", numbers({1e9 + 1, 1e9 + 2, 1e9 + 3}, {1, 3, 2})), 0.5, 1e-9);
}

TEST_CASE("Pearson correlation with a constant is undefined") {
  CHECK(std::isnan(value_of("pearson", numbers({0.1, 0.1, 0.1}, {1, 2, 3}))));
  CHECK(std::isnan(value_of("pearson", numbers({1, 2, 3}, {0.1, 0.1, 0.1}))));
  CHECK(std::isnan(value_of("pearson", numbers({1}, {1}))));
}

TEST_CASE("precision at K and reciprocal rank come from gold's rank") {
  const Judgement judgement = ranks({1, 2, 3, 1});

  check_close(value_of("p@1", judgement), 2.0 / 4, 1e-12);
  check_close(value_of("p@2", judgement), 3.0 / 4, 1e-12);
  CHECK(value_of("p@3", judgement) == 1.0);
  CHECK(value_of("p@2147483647", judgement) == 1.0);
  // (1 + 1/2 + 1/3 + 1) / 4 = 17/24.
  check_close(value_of("mrr", judgement), 17.0 / 24, 1e-12);
}

TEST_CASE("p@1 is accuracy, ties included") {
  MatrixXd log_p(3, 2);
  log_p << -1, -2, -1, -1, -2, -1;
  std::vector<Example> examples{{.label = 0}, {.label = 0}, {.label = 0}};
  const auto judgement = judge(std::vector<std::string>{"a", "b"}, log_p, examples);

  CHECK(value_of("p@1", judgement) == value_of("accuracy", judgement));
  check_close(value_of("p@1", judgement), 1.0 / 3, 1e-12);
}

TEST_CASE("macro metrics are means over groups") {
  Judgement judgement = ranks({1, 2, 1, 4});
  judgement.gold = {0, 0, 0, 5};
  judgement.predicted = {0, 1, 0, 4};
  judgement.object = {0, 0, 1, 1};
  judgement.group = {7, 7, 7, 2};

  // Classes: 2/3 and 0/1. Objects: 1/2 and 1/2. Relations: 2/3 and 0/1.
  check_close(value_of("accuracy:macro_class", judgement), 1.0 / 3, 1e-12);
  check_close(value_of("accuracy:macro_object", judgement), 0.5, 1e-12);
  check_close(value_of("accuracy:macro_relation", judgement), 1.0 / 3, 1e-12);
  // p@2 by relation: 3/3 and 0/1.
  check_close(value_of("p@2:macro_relation", judgement), 0.5, 1e-12);
  // Reciprocal ranks by object: (1 + 1/2) / 2 = 3/4 and (1 + 1/4) / 2 = 5/8; mean 11/16.
  check_close(value_of("mrr:macro_object", judgement), 11.0 / 16, 1e-12);
  CHECK(value_of("accuracy:macro_class", kThree) == value_of("balanced_accuracy", kThree));
}

TEST_CASE("a metric counts an index as often as it is given") {
  const std::vector<std::size_t> indices{0, 0, 0, 2};
  CHECK(find_metric("accuracy").value(kThree, indices) == 0.75);
}

TEST_CASE("a mean's standard error is the sample deviation over the root of n") {
  // Hits 1, 0, 0, 1: deviation sqrt(4 * 0.25 / 3) = 0.577350, over sqrt(4): 0.288675,
  // which is sqrt(p (1 - p) / (n - 1)).
  check_close(measure(find_metric("p@1"), ranks({1, 2, 3, 1})).standard_error, 0.288675, 1e-6);
  CHECK(measure(find_metric("p@1"), ranks({1, 1, 1})).standard_error == 0.0);
  // 1, 1/2, 1/2: mean 2/3, squares 1/9 + 1/36 + 1/36 = 1/6, deviation sqrt(1/12), over sqrt(3):
  // 1/6.
  check_close(measure(find_metric("mrr"), ranks({1, 2, 2})).standard_error, 1.0 / 6, 1e-12);
}

TEST_CASE("the bootstrap's standard error agrees with the closed form, and repeats itself") {
  Judgement judgement = answers(2, Ints(200, 0), Ints(200, 0));
  for (std::size_t i = 0; i < 60; ++i) judgement.predicted[i] = 1;
  Metric metric = find_metric("accuracy");
  metric.is_mean = false;

  const double error = measure(metric, judgement).standard_error;

  // sqrt(0.3 * 0.7 / 200) = 0.0324; 200 resamples estimate it to about 5 %, four times that is
  // 0.0065.
  check_close(error, 0.0324, 0.0065);
  CHECK(measure(metric, judgement).standard_error == error);
}

TEST_CASE("every metric that is no mean has a bootstrap error") {
  for (const std::string name :
       {"balanced_accuracy", "macro_f1", "f1", "matthews", "accuracy:macro_class"}) {
    CAPTURE(name);
    const auto measured = measure(find_metric(name), kTwo);
    CHECK(measured.standard_error > 0.0);
    CHECK(measured.standard_error < 0.5);
  }
}

TEST_CASE("resamples without a value are left out of the error") {
  // Half of the resamples of two examples are constant, where Pearson is undefined; the rest
  // give 1.
  CHECK(measure(find_metric("pearson"), numbers({1, 2}, {1, 2})).standard_error == 0.0);
  CHECK(std::isnan(measure(find_metric("pearson"), numbers({1, 1}, {1, 2})).standard_error));
}

TEST_CASE("one example has a value and no error; none has neither") {
  const auto one = measure(find_metric("accuracy"), answers(2, {0}, {0}));
  CHECK(one.value == 1.0);
  CHECK(std::isnan(one.standard_error));
  CHECK(std::isnan(measure(find_metric("macro_f1"), answers(2, {0}, {0})).standard_error));
  for (const auto& row : list_metrics()) {
    const std::string name = row.name == "p@K" ? "p@5" : row.name;
    CAPTURE(name);
    const auto none = measure(find_metric(name), answers(2, {}, {}));
    CHECK(std::isnan(none.value));
    CHECK(std::isnan(none.standard_error));
  }
}

TEST_CASE("metrics are listed with a sentence each") {
  CHECK(list_metrics().size() == 12);
  for (const auto& row : list_metrics()) {
    CAPTURE(row.name);
    CHECK(row.help.ends_with("."));
    CHECK(find_metric(row.name == "p@K" ? "p@1" : row.name).name ==
          (row.name == "p@K" ? "p@1" : row.name));
  }
}

TEST_CASE("an unknown metric is refused with the nearest known one") {
  const auto expect = [](const std::string& name, const std::string& fragment) {
    CAPTURE(name);
    expect_error(ErrorKind::input, "metric: " + fragment, [&] { find_metric(name); });
  };

  expect("acuracy", "unknown metric 'acuracy'; did you mean 'accuracy'?");
  expect("bleu4score", "unknown metric 'bleu4score'; known are: accuracy, ");
  expect("", "unknown metric ''");
  expect("p@0", "expected p@K with a whole number K from 1, found 'p@0'");
  for (const std::string name : {"p@", "p@x", "p@-1", "p@1.5", "p@01", "p@99999999999", "p@1 "})
    expect(name, "expected p@K with a whole number K from 1, found '" + name + "'");
  expect("accuracy:macro_relations",
         "unknown grouping 'macro_relations' in 'accuracy:macro_relations'; did you mean "
         "'macro_relation'?");
  expect("accuracy:", "unknown grouping ''");
  expect("f1:macro_class", "expected accuracy, p@K or mrr before ':', found 'f1:macro_class'");
  expect("Accuracy", "unknown metric 'Accuracy'; did you mean 'accuracy'?");
}

}  // namespace
}  // namespace prospect
