#include "core/calibration.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "core/error.h"
#include "core/outcome.h"
#include "tests/support/check_close.h"
#include "tests/support/expect_error.h"

namespace prospect {
namespace {

using test::check_close;
using test::expect_error;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Logarithms of probabilities, row after row.
MatrixXd logs(Eigen::Index columns, std::initializer_list<double> probabilities) {
  MatrixXd matrix(static_cast<Eigen::Index>(probabilities.size()) / columns, columns);
  Eigen::Index i = 0;
  for (const double p : probabilities) matrix.data()[i++] = std::log(p);
  return matrix;
}

void check_probabilities(const MatrixXd& log_p, std::initializer_list<double> expected) {
  REQUIRE(static_cast<std::size_t>(log_p.size()) == expected.size());
  Eigen::Index i = 0;
  for (const double p : expected) check_close(std::exp(log_p.data()[i++]), p, 1e-6);
}

TEST_CASE("no calibration changes nothing, to the bit") {
  const MatrixXd rows = logs(2, {0.55, 0.45, 0.1, 0.9});

  CHECK(calibrate(Calibration::none, rows) == rows);
}

TEST_CASE("contextual calibration divides by the mean over content-free rows") {
  // Prior: ((0.7 + 0.5) / 2, (0.3 + 0.5) / 2) = (0.6, 0.4).
  // 0.55 / 0.6 = 0.916667, 0.45 / 0.4 = 1.125, sum 2.041667: 0.448980, 0.551020.
  const MatrixXd content_free = logs(2, {0.7, 0.3, 0.5, 0.5});

  const MatrixXd calibrated =
      calibrate(Calibration::contextual, logs(2, {0.55, 0.45}), content_free);

  check_probabilities(calibrated, {0.448980, 0.551020});
}

TEST_CASE("a content-free row calibrates to uniform") {
  const MatrixXd content_free = logs(3, {0.7, 0.2, 0.1});

  check_probabilities(calibrate(Calibration::contextual, content_free, content_free),
                      {1.0 / 3, 1.0 / 3, 1.0 / 3});
}

TEST_CASE("batch calibration divides by the mean over the rows") {
  // Prior: ((0.8 + 0.6) / 2, (0.2 + 0.4) / 2) = (0.7, 0.3).
  // 0.8 / 0.7 = 1.142857, 0.2 / 0.3 = 0.666667, sum 1.809524: 0.631579, 0.368421.
  // 0.6 / 0.7 = 0.857143, 0.4 / 0.3 = 1.333333, sum 2.190476: 0.391304, 0.608696.
  check_probabilities(calibrate(Calibration::batch, logs(2, {0.8, 0.2, 0.6, 0.4})),
                      {0.631579, 0.368421, 0.391304, 0.608696});
}

TEST_CASE("domain PMI divides by the premise's probabilities, normalised or not") {
  // 0.8 / 0.9 = 0.888889, 0.2 / 0.1 = 2, sum 2.888889: 0.307692, 0.692308.
  const MatrixXd rows = logs(2, {0.8, 0.2});
  check_probabilities(calibrate(Calibration::domain_pmi, rows, logs(2, {0.9, 0.1})),
                      {0.307692, 0.692308});
  check_probabilities(calibrate(Calibration::domain_pmi, rows, logs(2, {0.009, 0.001})),
                      {0.307692, 0.692308});
}

TEST_CASE("a uniform prior changes nothing") {
  check_probabilities(
      calibrate(Calibration::contextual, logs(2, {0.55, 0.45}), logs(2, {0.5, 0.5})), {0.55, 0.45});
}

TEST_CASE("calibrated rows do not depend on other rows unless the batch is the prior") {
  const MatrixXd prior = logs(2, {0.3, 0.7}), both = logs(2, {0.8, 0.2, 0.6, 0.4});
  for (const auto calibration : {Calibration::contextual, Calibration::domain_pmi}) {
    const MatrixXd together = calibrate(calibration, both, prior);
    CHECK(together.row(1) == calibrate(calibration, both.bottomRows(1), prior));
  }
}

TEST_CASE("probabilities too small for a double are still calibrated") {
  MatrixXd rows(1, 2), prior(1, 2);
  rows << -2000, -2001;
  prior << -1000, -1003;

  // Differences -1000 and -998: e^-2 / (1 + e^-2) = 0.119203 and 0.880797.
  check_probabilities(calibrate(Calibration::contextual, rows, prior), {0.119203, 0.880797});
}

TEST_CASE("what prior and row hold impossible stays impossible") {
  const MatrixXd calibrated =
      calibrate(Calibration::batch, logs(3, {0.5, 0.5, 0.0, 0.25, 0.75, 0.0}));
  CHECK(calibrated(0, 2) == -kInfinity);
  CHECK(calibrated(1, 2) == -kInfinity);
  // Prior (0.375, 0.625): 0.5 / 0.375 = 1.333333, 0.5 / 0.625 = 0.8, sum 2.133333.
  check_close(std::exp(calibrated(0, 0)), 0.625, 1e-9);
}

TEST_CASE("a row that the prior alone holds impossible is NaN, and no other") {
  const MatrixXd calibrated =
      calibrate(Calibration::contextual, logs(2, {0.5, 0.5, 1.0, 0.0}), logs(2, {1.0, 0.0}));

  CHECK(std::isnan(calibrated(0, 0)));
  CHECK(std::isnan(calibrated(0, 1)));
  CHECK(calibrated(1, 0) == 0.0);
  CHECK(calibrated(1, 1) == -kInfinity);
}

TEST_CASE("no rows give no rows, and one row of a batch becomes uniform") {
  CHECK(calibrate(Calibration::batch, MatrixXd(0, 2)).rows() == 0);
  CHECK(calibrate(Calibration::contextual, MatrixXd(0, 2), logs(2, {0.5, 0.5})).rows() == 0);
  check_probabilities(calibrate(Calibration::batch, logs(2, {0.9, 0.1})), {0.5, 0.5});
}

TEST_CASE("a reference of the wrong shape is refused") {
  const MatrixXd rows = logs(2, {0.5, 0.5});
  expect_error(ErrorKind::internal, "expected at least one row, found none",
               [&] { calibrate(Calibration::contextual, rows); });
  expect_error(ErrorKind::internal, "expected a prior of 2 labels, found 3", [&] {
    calibrate(Calibration::contextual, rows, logs(3, {0.2, 0.3, 0.5}));
  });
  expect_error(ErrorKind::internal, "expected one row of the domain premise, found 0",
               [&] { calibrate(Calibration::domain_pmi, rows); });
  expect_error(ErrorKind::internal, "expected one row of the domain premise, found 2", [&] {
    calibrate(Calibration::domain_pmi, rows, logs(2, {0.5, 0.5, 0.5, 0.5}));
  });
}

TEST_CASE("calibrations are read by name, or the nearest named") {
  for (const auto calibration :
       {Calibration::none, Calibration::contextual, Calibration::batch, Calibration::domain_pmi}) {
    const Json json = name_of(calibration);
    CHECK(calibration_from_json(JsonReader(json, "c")) == calibration);
  }
  expect_error(ErrorKind::input, "c: unknown value 'contextal'; did you mean 'contextual'?",
               [] { calibration_from_json(JsonReader(Json("contextal"), "c")); });
  expect_error(ErrorKind::input,
               "c: unknown value 'platt'; known are: none, contextual, batch, domain_pmi",
               [] { calibration_from_json(JsonReader(Json("platt"), "c")); });
  expect_error(ErrorKind::input, "c: expected a string, found null",
               [] { calibration_from_json(JsonReader(Json(), "c")); });
}

// A row of answers' log-probabilities.
RowOutcome row_of(std::initializer_list<double> probabilities) {
  RowOutcome row;
  for (const double p : probabilities) row.log_p.push_back(std::log(p));
  return row;
}

TEST_CASE(
    "rows that are calibrated are read as calibrated label probabilities, whatever combines") {
  const std::vector<RowOutcome> rows{row_of({0.3, 0.1, 0.6}), row_of({0.5, 0.4, 0.1})};
  const std::vector<RowOutcome> content_free{row_of({0.2, 0.2, 0.6}), row_of({0.4, 0.4, 0.2})};
  for (const auto combination :
       {AnswerCombination::sum, AnswerCombination::mean, AnswerCombination::max}) {
    Verbalizer verbalizer;
    verbalizer.labels = {{"bad", {{"bad", {}}, {"poor", {}}}}, {"good", {{"good", {}}}}};
    verbalizer.combination = combination;
    for (const auto calibration :
         {Calibration::none, Calibration::contextual, Calibration::batch}) {
      const MatrixXd expected = calibrate(calibration, label_log_probs(verbalizer, rows),
                                          label_log_probs(verbalizer, content_free));
      const MatrixXd found =
          label_log_probs(verbalizer, calibrated(calibration, verbalizer, rows, content_free));
      CHECK((expected - found).cwiseAbs().maxCoeff() < 1e-12);
    }
  }
}

TEST_CASE("content-free inputs fill every field, three for contextual and none for batch") {
  const std::vector<std::string> fields{"premise", "hypothesis"};
  const auto contextual = content_free_examples(Calibration::contextual, fields);

  REQUIRE(contextual.size() == 3);
  CHECK(contextual[0].fields.at("premise") == "N/A");
  CHECK(contextual[1].fields.at("hypothesis") == "[MASK]");
  CHECK(contextual[2].fields.at("premise").empty());
  CHECK(content_free_examples(Calibration::domain_pmi, fields).size() == 1);
  CHECK(content_free_examples(Calibration::batch, fields).empty());
  CHECK(content_free_examples(Calibration::none, fields).empty());
}

TEST_CASE("a label that the prior alone holds impossible makes the whole row undefined") {
  const Verbalizer verbalizer{{{"bad", {{"bad", {}}}}, {"good", {{"good", {}}}}}};
  const std::vector<RowOutcome> content_free{row_of({1, 0})};
  const auto rows =
      calibrated(Calibration::domain_pmi, verbalizer, {row_of({0.5, 0.5})}, content_free);

  CHECK(std::isnan(rows.front().log_p[0]));
}

}  // namespace
}  // namespace prospect
