#include "core/outcome.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "tests/support/check_close.h"
#include "tests/support/expect_error.h"

namespace prospect {
namespace {

using test::check_close;
using test::expect_error;
using Strings = std::vector<std::string>;
using Ints = std::vector<std::int32_t>;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Label a has two answers, label b one.
Verbalizer two_and_one(AnswerCombination combination) {
  return {{{"a", {{"x", {}}, {"y", {}}}}, {"b", {{"z", {}}}}}, combination};
}

RowOutcome row_of(std::initializer_list<double> probabilities) {
  RowOutcome row;
  for (const double p : probabilities) row.log_p.push_back(std::log(p));
  return row;
}

MatrixXd label_log_probs_of(AnswerCombination combination, const RowOutcome& row) {
  return label_log_probs(two_and_one(combination), std::span(&row, 1));
}

Verbalizer one_each(const Strings& labels) {
  Verbalizer verbalizer;
  for (const auto& label : labels) verbalizer.labels.push_back({label, {{label, {}}}});
  return verbalizer;
}

std::vector<Example> examples_of(const Ints& labels) {
  std::vector<Example> examples;
  for (const auto label : labels)
    examples.push_back({.id = std::to_string(examples.size()), .label = label});
  return examples;
}

// Judges one example by its label log-probabilities.
Judgement judge_one(std::initializer_list<double> log_p, std::int32_t gold) {
  MatrixXd matrix(1, static_cast<Eigen::Index>(log_p.size()));
  std::copy(log_p.begin(), log_p.end(), matrix.data());
  Strings labels;
  for (std::size_t k = 0; k < log_p.size(); ++k)
    labels.push_back(std::string(1, static_cast<char>('a' + k)));
  return judge(labels, matrix, examples_of({gold}));
}

TEST_CASE("a label's answers are summed, averaged as logarithms, or the largest taken") {
  const RowOutcome row = row_of({0.1, 0.3, 0.2});

  // (0.1 + 0.3) : 0.2 = 2 : 1.
  check_close(std::exp(label_log_probs_of(AnswerCombination::sum, row)(0, 0)), 2.0 / 3, 1e-12);
  // sqrt(0.1 * 0.3) = 0.173205 : 0.2, so 0.173205 / 0.373205 = 0.464102.
  check_close(std::exp(label_log_probs_of(AnswerCombination::mean, row)(0, 0)), 0.464102, 1e-6);
  // 0.3 : 0.2, so 0.6.
  check_close(std::exp(label_log_probs_of(AnswerCombination::max, row)(0, 0)), 0.6, 1e-12);
  for (const auto combination :
       {AnswerCombination::sum, AnswerCombination::mean, AnswerCombination::max})
    check_close(label_log_probs_of(combination, row).array().exp().sum(), 1.0, 1e-12);
}

TEST_CASE("an impossible answer counts nothing in a sum and a maximum, everything in a mean") {
  const RowOutcome row = row_of({0.5, 0.0, 0.5});

  check_close(std::exp(label_log_probs_of(AnswerCombination::sum, row)(0, 0)), 0.5, 1e-12);
  check_close(std::exp(label_log_probs_of(AnswerCombination::max, row)(0, 0)), 0.5, 1e-12);
  const MatrixXd mean = label_log_probs_of(AnswerCombination::mean, row);
  CHECK(mean(0, 0) == -kInfinity);
  CHECK(mean(0, 1) == 0.0);
}

TEST_CASE(
    "where every answer is impossible the labels are equally probable, and nothing is predicted") {
  for (const auto combination :
       {AnswerCombination::sum, AnswerCombination::mean, AnswerCombination::max}) {
    const MatrixXd log_p = label_log_probs_of(combination, row_of({0.0, 0.0, 0.0}));
    check_close(log_p(0, 0), std::log(0.5), 1e-15);
    check_close(log_p(0, 1), std::log(0.5), 1e-15);
    CHECK(judge(Strings{"a", "b"}, log_p, examples_of({0})).predicted == Ints{-1});
  }
}

TEST_CASE("a NaN makes its row NaN and leaves the others") {
  for (const auto combination :
       {AnswerCombination::sum, AnswerCombination::mean, AnswerCombination::max}) {
    const std::vector<RowOutcome> rows{row_of({0.1, kNaN, 0.2}), row_of({0.1, 0.1, 0.2})};
    const MatrixXd log_p = label_log_probs(two_and_one(combination), rows);
    CHECK(std::isnan(log_p(0, 0)));
    CHECK(std::isnan(log_p(0, 1)));
    CHECK_FALSE(std::isnan(log_p(1, 0)));
  }
}

TEST_CASE("without normalising the answers' combined log-probabilities stand as they are") {
  const RowOutcome row = row_of({0.1, 0.3, 0.2});

  const MatrixXd log_p =
      label_log_probs(two_and_one(AnswerCombination::sum), std::span(&row, 1), false);

  check_close(std::exp(log_p(0, 0)), 0.4, 1e-12);
  CHECK(log_p(0, 1) == std::log(0.2));
}

TEST_CASE("very small probabilities keep their proportion") {
  RowOutcome row;
  row.log_p = {-1000, -1000, -1000};

  check_close(std::exp(label_log_probs_of(AnswerCombination::sum, row)(0, 0)), 2.0 / 3, 1e-12);
}

TEST_CASE("no rows give a matrix without rows") {
  const MatrixXd log_p = label_log_probs(two_and_one(AnswerCombination::sum), {});
  CHECK(log_p.rows() == 0);
  CHECK(log_p.cols() == 2);
}

TEST_CASE("rows that do not fit the verbalizer, and failed rows, are refused") {
  expect_error(ErrorKind::internal, "expected 3 log-probabilities in row 0, found 2", [] {
    label_log_probs_of(AnswerCombination::sum, row_of({0.5, 0.5}));
  });
  RowOutcome failed = row_of({0.1, 0.1, 0.1});
  failed.failure = Failure{"no mask left"};
  expect_error(ErrorKind::internal, "row 0 failed: no mask left",
               [&] { label_log_probs_of(AnswerCombination::sum, failed); });
  expect_error(ErrorKind::internal, "expected at least one answer of label 'a', found none", [] {
    label_log_probs({{{"a", {}}}}, {});
  });
}

TEST_CASE("the first failure is found") {
  std::vector<RowOutcome> rows(3);
  CHECK(first_failure(rows) == nullptr);
  CHECK(first_failure({}) == nullptr);
  rows[1].failure = Failure{"one"};
  rows[2].failure = Failure{"two"};
  REQUIRE(first_failure(rows) != nullptr);
  CHECK(first_failure(rows)->reason == "one");
}

TEST_CASE("the only most probable label is predicted, and gold is ranked") {
  const auto judgement = judge_one({-1, -3, -2}, 2);
  CHECK(judgement.predicted == Ints{0});
  CHECK(judgement.rank == Ints{2});
  CHECK(judgement.gold_log_p == std::vector<double>{-2});
  CHECK(judgement.num_labels == 3);
}

TEST_CASE("a tie for the top predicts nothing, and ties count against gold") {
  CHECK(judge_one({-1, -1, -2}, 0).predicted == Ints{-1});
  CHECK(judge_one({-1, -1, -2}, 0).rank == Ints{2});
  CHECK(judge_one({-1, -2, -2}, 1).predicted == Ints{0});
  CHECK(judge_one({-1, -2, -2}, 1).rank == Ints{3});
  CHECK(judge_one({-kInfinity, -kInfinity, 0}, 0).rank == Ints{3});
}

TEST_CASE("the only label is always predicted") {
  CHECK(judge_one({0}, 0).predicted == Ints{0});
  CHECK(judge_one({0}, 0).rank == Ints{1});
}

TEST_CASE("NaN predicts nothing and ranks gold last") {
  const auto judgement = judge_one({kNaN, kNaN, kNaN}, 0);
  CHECK(judgement.predicted == Ints{-1});
  CHECK(judgement.rank == Ints{3});
  CHECK(std::isnan(judgement.gold_log_p[0]));
}

TEST_CASE("expected values weigh label names that are numbers") {
  MatrixXd log_p(1, 3);
  log_p << std::log(0.5), std::log(0.3), std::log(0.2);

  // 0.5 * -1 + 0.3 * 2.5 + 0.2 * 10 = 2.25.
  const auto numbers = judge(Strings{"-1", "2.5", "1e1"}, log_p, examples_of({1}));
  check_close(numbers.expected[0], 2.25, 1e-12);
  CHECK(numbers.gold_value == std::vector<double>{2.5});

  // One name is no number, so all count by index: 0.5 * 0 + 0.3 * 1 + 0.2 * 2 = 0.7.
  for (const std::string third : {"ten", "nan", "inf", "10 ", "", "1e999"}) {
    CAPTURE(third);
    const auto indices = judge(Strings{"-1", "2.5", third}, log_p, examples_of({2}));
    check_close(indices.expected[0], 0.7, 1e-12);
    CHECK(indices.gold_value == std::vector<double>{2});
  }
}

TEST_CASE("objects and groups are numbered in order of appearance") {
  auto examples = examples_of({0, 0, 0, 0});
  examples[0].gold = examples[2].gold = "Rome";
  examples[1].gold = examples[3].gold = "Oslo";
  examples[0].group = examples[1].group = "P19";
  examples[2].group = examples[3].group = "P36";

  const auto judgement = judge(Strings{"a"}, MatrixXd::Zero(4, 1), examples);

  CHECK(judgement.object == Ints{0, 1, 0, 1});
  CHECK(judgement.group == Ints{0, 0, 1, 1});
}

TEST_CASE("an example without a label, and a matrix of another shape, are refused") {
  expect_error(ErrorKind::input, "example '0': expected one of the task's 2 labels, found label -1",
               [] {
                 judge(Strings{"a", "b"}, MatrixXd::Zero(1, 2), examples_of({-1}));
               });
  expect_error(ErrorKind::input, "found label 2", [] {
    judge(Strings{"a", "b"}, MatrixXd::Zero(1, 2), examples_of({2}));
  });
  expect_error(ErrorKind::internal, "expected a matrix of 1 x 2, found 1 x 3", [] {
    judge(Strings{"a", "b"}, MatrixXd::Zero(1, 3), examples_of({0}));
  });
}

TEST_CASE("an evaluation gathers metric, error, likelihood, worst class and truncation") {
  std::vector<RowOutcome> rows{row_of({0.8, 0.2}), row_of({0.6, 0.4}), row_of({0.9, 0.1}),
                               row_of({0.3, 0.7})};
  rows[1].truncated_tokens = 5;
  rows[3].truncated_tokens = 1;
  const Strings labels{"a", "b"};

  const auto evaluation =
      evaluate("accuracy", labels, one_each(labels), examples_of({0, 0, 1, 1}), rows);

  CHECK(evaluation.value == 0.75);
  // Right are 1, 1, 0, 1: deviation sqrt((3 * 0.0625 + 0.5625) / 3) = 0.5, over sqrt(4) is 0.25.
  check_close(evaluation.standard_error, 0.25, 1e-12);
  // (log 0.8 + log 0.6 + log 0.1 + log 0.7) / 4 = log(0.0336) / 4 = -0.848303.
  check_close(evaluation.log_likelihood, std::log(0.0336) / 4, 1e-12);
  CHECK(evaluation.worst_class == 0.5);  // of a both are right, of b one of two
  CHECK(evaluation.num_examples == 4);
  CHECK(evaluation.truncated == 2);
}

TEST_CASE("the worst class is one that occurs") {
  const Strings labels{"a", "b", "never"};
  const std::vector<RowOutcome> rows{row_of({0.8, 0.1, 0.1}), row_of({0.1, 0.8, 0.1})};

  CHECK(evaluate("accuracy", labels, one_each(labels), examples_of({0, 1}), rows).worst_class ==
        1.0);
}

TEST_CASE("an evaluation of no examples is NaN, and no crash") {
  const Strings labels{"a", "b"};
  for (const std::string metric : {"accuracy", "macro_f1", "f1", "matthews", "pearson", "p@2",
                                   "mrr", "balanced_accuracy", "mrr:macro_relation"}) {
    CAPTURE(metric);
    const auto evaluation = evaluate(metric, labels, one_each(labels), {}, {});
    CHECK(std::isnan(evaluation.value));
    CHECK(std::isnan(evaluation.standard_error));
    CHECK(std::isnan(evaluation.log_likelihood));
    CHECK(std::isnan(evaluation.worst_class));
    CHECK(evaluation.num_examples == 0);
  }
}

TEST_CASE("an impossible gold answer makes the mean log-likelihood minus infinity") {
  const Strings labels{"a", "b"};
  const std::vector<RowOutcome> rows{row_of({1.0, 0.0}), row_of({1.0, 0.0})};

  CHECK(evaluate("accuracy", labels, one_each(labels), examples_of({0, 1}), rows).log_likelihood ==
        -kInfinity);
}

}  // namespace
}  // namespace prospect
