#include "core/label_free_selection.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "tests/support/check_close.h"
#include "tests/support/expect_error.h"

namespace prospect {
namespace {

using test::check_close;

// Log-probabilities of two labels for each input, from those of the first.
MatrixXd two_labels(std::initializer_list<double> first) {
  MatrixXd log_p(static_cast<Eigen::Index>(first.size()), 2);
  Eigen::Index x = 0;
  for (const double p : first) log_p.row(x++) << std::log(p), std::log(1 - p);
  return log_p;
}

double h(double p) {
  return p == 0 || p == 1 ? 0 : -p * std::log(p) - (1 - p) * std::log(1 - p);
}

// A template that tells the inputs apart, one that always says the same, one that knows nothing.
const ScoreArray kThreeTemplates = {two_labels({0.9, 0.2}), two_labels({0.8, 0.9}),
                                    two_labels({0.6, 0.5})};

void check_scores(LabelFree criterion, std::initializer_list<double> expected) {
  CAPTURE(std::string(name_of(criterion)));
  const auto scores = rank_scores(criterion, kThreeTemplates);
  REQUIRE(scores.size() == expected.size());
  std::size_t t = 0;
  for (const double value : expected) check_close(scores[t++], value, 1e-12);
}

TEST_CASE("the criteria of a task are the entropies that their formulas name") {
  const double a = (h(0.9) + h(0.2)) / 2, b = (h(0.8) + h(0.9)) / 2, c = (h(0.6) + h(0.5)) / 2;
  // One-hot answers: half and half; all the first; the first, and a tie: 3/4 and 1/4.
  check_scores(LabelFree::ge, {h(0.5), 0, h(0.75)});
  check_scores(LabelFree::ge_m, {h(0.55), h(0.85), h(0.55)});
  check_scores(LabelFree::le, {a, b, c});
  check_scores(LabelFree::mdl_m, {-a, -b, -c});
  check_scores(LabelFree::mi, {h(0.55) - a, h(0.85) - b, h(0.55) - c});
  check_scores(LabelFree::mi_g, {h(0.5) - a, -b, h(0.75) - c});
}

TEST_CASE("a criterion of each input may choose another template for each") {
  const ScoreArray array = {two_labels({0.9, 0.6}), two_labels({0.6, 0.95})};

  CHECK(choose_template(LabelFree::mdl, array) == std::vector<std::size_t>{0, 1});
  const MatrixXd mi_l = label_free_scores(LabelFree::mi_l, array);
  check_close(mi_l(0, 1), h(0.75) - h(0.6), 1e-12);
  const MatrixXd mi_gl = label_free_scores(LabelFree::mi_gl, array);
  check_close(mi_gl(1, 0), 0 - h(0.6), 1e-12);
  CHECK(is_per_input(LabelFree::mdl));
  CHECK_FALSE(is_per_input(LabelFree::mi));
}

TEST_CASE("the mean log-probability, the mean probability and the vote may answer differently") {
  // Of one input: the vote says the second label, the mean probability (0.55) the first, and so
  // does, with one template that is all but certain, neither the mean log-probability.
  const ScoreArray array = {two_labels({0.999}), two_labels({0.45}), two_labels({0.4})};
  CHECK(rank_scores(LabelFree::zmv, array) == std::vector<double>{0, 1, 1});
  CHECK(rank_scores(LabelFree::zpm, array) == std::vector<double>{1, 0, 0});
  CHECK(rank_scores(LabelFree::zlp, array) == std::vector<double>{1, 0, 0});

  const ScoreArray doubtful = {two_labels({0.0001}), two_labels({0.9}), two_labels({0.9})};
  CHECK(rank_scores(LabelFree::zpm, doubtful) == std::vector<double>{0, 1, 1});
  CHECK(rank_scores(LabelFree::zlp, doubtful) == std::vector<double>{1, 0, 0});
}

TEST_CASE("an input on which the common answer ties counts for no template") {
  const ScoreArray array = {two_labels({0.9, 0.9}), two_labels({0.1, 0.8})};
  CHECK(rank_scores(LabelFree::zmv, array) == std::vector<double>{0.5, 0.5});
}

TEST_CASE("a template with an undefined number is never chosen, and has no say") {
  const ScoreArray array = {two_labels({std::numeric_limits<double>::quiet_NaN(), 0.1}),
                            two_labels({0.8, 0.8}), two_labels({0.9, 0.2})};
  for (const LabelFree criterion : label_free_criteria()) {
    CAPTURE(std::string(name_of(criterion)));
    CHECK(std::isnan(rank_scores(criterion, array)[0]));
    for (const std::size_t chosen : choose_template(criterion, array)) CHECK(chosen != 0);
  }
}

TEST_CASE("calibrating before the choice and before the answer are two things") {
  // The second template likes the first label; without its prior it is the sharper one.
  const ScoreArray array = {two_labels({0.6, 0.4}), two_labels({0.95, 0.55})};
  const ScoreArray calibrated = calibrate_all(Calibration::batch, array);

  CHECK(choose_template(LabelFree::ge, array) == std::vector<std::size_t>{0, 0});
  CHECK(choose_template(LabelFree::mi, calibrated) == std::vector<std::size_t>{1, 1});
  const std::vector<std::size_t> second = {1, 1};
  const MatrixXd plain = answers_of(second, array), corrected = answers_of(second, calibrated);
  CHECK(plain(1, 0) > plain(1, 1));
  CHECK(corrected(1, 0) < corrected(1, 1));
}

TEST_CASE("an empty input's answer is the prior of the pointwise mutual information") {
  const ScoreArray array = {two_labels({0.8})}, empty = {two_labels({0.8})};
  const ScoreArray pmi = calibrate_all(Calibration::domain_pmi, array, empty);
  check_close(pmi[0](0, 0), std::log(0.5), 1e-12);
}

TEST_CASE("perplexity is the mean over texts, coherency softens the length") {
  const std::vector<double> log_p = {-2 * std::log(4.0), -std::log(8.0)};
  const std::vector<std::size_t> tokens = {2, 1};
  check_close(mean_perplexity(log_p, tokens), 6, 1e-12);
  CHECK(std::isnan(mean_perplexity({}, {})));
  check_close(coherency(-32, 32), -16, 1e-12);  // 32^0.2 = 2
}

TEST_CASE("arrays of different sizes are refused") {
  const ScoreArray array = {two_labels({0.8, 0.1}), two_labels({0.8})};
  test::expect_error(ErrorKind::internal, "expected 2 x 2 numbers of each template, found 1 x 2",
                     [&] { rank_scores(LabelFree::mi, array); });
}

}  // namespace
}  // namespace prospect
