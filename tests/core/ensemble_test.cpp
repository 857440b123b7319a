#include "core/ensemble.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "core/error.h"
#include "core/log_space.h"
#include "core/outcome.h"
#include "tests/support/check_close.h"
#include "tests/support/expect_error.h"

namespace prospect {
namespace {

using test::check_close;
using test::expect_error;

// One row of label probabilities.
MatrixXd row(std::initializer_list<double> probabilities) {
  MatrixXd matrix(1, static_cast<Eigen::Index>(probabilities.size()));
  Eigen::Index i = 0;
  for (const double p : probabilities) matrix.data()[i++] = std::log(p);
  return matrix;
}

double p(const MatrixXd& log_p, Eigen::Index label) {
  return std::exp(log_p(0, label));
}

TEST_CASE("linear mixing is the weighted mean of probabilities") {
  const std::vector<MatrixXd> members{row({0.9, 0.1}), row({0.3, 0.7})};
  const std::vector<double> weights{3, 1};  // their sum does not matter

  const MatrixXd mixed = mix(Combiner::linear, weights, members);

  check_close(p(mixed, 0), 0.75 * 0.9 + 0.25 * 0.3, 1e-12);
  check_close(p(mixed, 1), 0.75 * 0.1 + 0.25 * 0.7, 1e-12);
}

TEST_CASE("log-linear mixing is the normalised geometric mean") {
  const std::vector<MatrixXd> members{row({0.8, 0.2}), row({0.5, 0.5})};
  const std::vector<double> weights{1, 1};

  const MatrixXd mixed = mix(Combiner::log_linear, weights, members);

  const double a = std::sqrt(0.8 * 0.5), b = std::sqrt(0.2 * 0.5);
  check_close(p(mixed, 0), a / (a + b), 1e-12);
}

TEST_CASE("what one member holds impossible is impossible log-linearly and not linearly") {
  const std::vector<MatrixXd> members{row({1, 0}), row({0.5, 0.5})};
  const std::vector<double> weights{1, 1};

  CHECK(mix(Combiner::log_linear, weights, members)(0, 1) == -std::numeric_limits<double>::infinity());
  check_close(p(mix(Combiner::linear, weights, members), 1), 0.25, 1e-12);
}

TEST_CASE("a majority wins a vote however sure the others are, and nobody is impossible") {
  const std::vector<MatrixXd> members{row({0.55, 0.45}), row({0.6, 0.4}), row({0.01, 0.99})};
  const std::vector<double> weights{1, 1, 1};

  const MatrixXd mixed = mix(Combiner::vote, weights, members);

  CHECK(p(mixed, 0) > p(mixed, 1));
  CHECK(mix(Combiner::log_linear, weights, members)(0, 0) <
        mix(Combiner::log_linear, weights, members)(0, 1));
  CHECK(p(mixed, 1) > 0.25);  // its one vote of three, and a part of the fourth
  check_close(p(mixed, 0) + p(mixed, 1), 1, 1e-12);
}

TEST_CASE("a tied vote goes to the larger sum of log-probabilities") {
  const std::vector<MatrixXd> members{row({0.55, 0.45}), row({0.1, 0.9})};
  const MatrixXd mixed = mix(Combiner::vote, std::vector<double>{1, 1}, members);

  CHECK(p(mixed, 1) > p(mixed, 0));
}

TEST_CASE("a member of weight 0 does not matter, whatever it says") {
  MatrixXd nothing = row({0.5, 0.5});
  nothing(0, 0) = std::numeric_limits<double>::quiet_NaN();
  const std::vector<MatrixXd> members{row({0.8, 0.2}), nothing, row({0, 1})};
  const std::vector<double> weights{1, 0, 0};
  for (const auto combiner : {Combiner::linear, Combiner::log_linear})
    check_close(p(mix(combiner, weights, members), 0), 0.8, 1e-12);

  const std::vector<double> all{1, 1, 0};
  CHECK(std::isnan(mix(Combiner::linear, all, members)(0, 1)));
}

TEST_CASE("weights that are no weights are refused") {
  const std::vector<MatrixXd> members{row({0.8, 0.2}), row({0.5, 0.5})};
  const auto mixing = [&](std::vector<double> weights) {
    return [&members, weights] { mix(Combiner::linear, weights, members); };
  };

  expect_error(ErrorKind::internal, "at least 0", mixing({1, -1}));
  expect_error(ErrorKind::internal, "above 0", mixing({0, 0}));
  expect_error(ErrorKind::internal, "a weight for each member", mixing({1}));
}

TEST_CASE("an ensemble's rows hold one number a label and cost what its members cost") {
  Ensemble ensemble;
  const Verbalizer two{{{"bad", {{"bad", {}}, {"poor", {}}}}, {"good", {{"good", {}}}}}};
  const Verbalizer one{{{"bad", {{"no", {}}}}, {"good", {{"yes", {}}}}}};
  ensemble.members = {{Template::parse("{text} {mask}"), two, {}},
                      {Template::parse("{text}? {mask}"), one, {}}};
  ensemble.weights = {0.5, 0.5};
  RowOutcome first, second;
  first.log_p = {std::log(0.2), std::log(0.2), std::log(0.6)};
  first.truncated_tokens = 3;
  second.log_p = {std::log(0.8), std::log(0.2)};
  const std::vector<std::vector<RowOutcome>> members{{first}, {second}};

  const auto rows = mixed_rows(ensemble, members);

  const MatrixXd labels = label_log_probs(outcome_verbalizer(ensemble), rows);
  check_close(p(labels, 0), 0.6, 1e-12);
  CHECK(rows.front().num_forwards == 2);
  CHECK(rows.front().truncated_tokens == 3);
  CHECK(parts_of(ensemble).size() == 2);
}

}  // namespace
}  // namespace prospect
