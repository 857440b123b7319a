#include "search/gradient/optimiser.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace prospect {

void Optimiser::step(MatrixXf& vectors, const MatrixXf& gradient) {
  ++step_;
  const auto rate = static_cast<float>(learning_rate_);
  if (weight_decay_ > 0) vectors *= 1 - rate * static_cast<float>(weight_decay_);
  if (kind_ == "adamw")
    vectors -= rate * adam_update(gradient);
  else if (kind_ == "adafactor")
    vectors -= rate * adafactor_update(gradient);
  else
    vectors -= rate * gradient;
}

void Optimiser::reset() {
  step_ = 0;
  first_.resize(0, 0);
  second_.resize(0, 0);
}

MatrixXf Optimiser::adam_update(const MatrixXf& gradient) {
  constexpr float kFirst = 0.9F, kSecond = 0.999F, kEpsilon = 1e-8F;
  if (step_ == 1) first_ = second_ = MatrixXf::Zero(gradient.rows(), gradient.cols());
  first_ = kFirst * first_ + (1 - kFirst) * gradient;
  second_ = kSecond * second_ + (1 - kSecond) * gradient.cwiseAbs2();
  const auto t = static_cast<double>(step_);
  const auto bias_first = static_cast<float>(1 - std::pow(kFirst, t));
  const auto bias_second = static_cast<float>(1 - std::pow(kSecond, t));
  return ((first_ / bias_first).array() / ((second_ / bias_second).array().sqrt() + kEpsilon))
      .matrix();
}

MatrixXf Optimiser::adafactor_update(const MatrixXf& gradient) {
  constexpr float kEpsilon = 1e-30F;
  const auto decay =
      static_cast<float>(1 - std::pow(static_cast<double>(step_), -0.8));  // 0 at the first step
  const MatrixXf squares = (gradient.array().square() + kEpsilon).matrix();
  const MatrixXf rows = squares.rowwise().mean(), columns = squares.colwise().mean();
  if (step_ == 1) {
    first_ = rows;
    second_ = columns;
  } else {
    first_ = decay * first_ + (1 - decay) * rows;
    second_ = decay * second_ + (1 - decay) * columns;
  }
  const MatrixXf variance = first_ * second_ / first_.mean();  // [S, D]
  MatrixXf update = (gradient.array() / variance.array().sqrt()).matrix();
  const float size = std::sqrt(update.cwiseAbs2().mean());
  return update / std::max(1.0F, size);
}

Json Optimiser::to_json() const {
  return {{"step", step_}, {"first", matrix_to_json(first_)}, {"second", matrix_to_json(second_)}};
}

void Optimiser::read(const Json& json) {
  MatrixXf first = matrix_from_json(json.at("first")), second = matrix_from_json(json.at("second"));
  step_ = json.at("step").get<std::int64_t>();
  first_ = std::move(first);
  second_ = std::move(second);
}

Json matrix_to_json(const MatrixXf& matrix) {
  // A float is a double, and JSON writes doubles so that they read back as they are.
  std::vector<double> data(matrix.data(), matrix.data() + matrix.size());
  return {{"rows", matrix.rows()}, {"cols", matrix.cols()}, {"data", std::move(data)}};
}

MatrixXf matrix_from_json(const Json& json) {
  MatrixXf matrix(json.at("rows").get<Eigen::Index>(), json.at("cols").get<Eigen::Index>());
  const Json& data = json.at("data");
  if (static_cast<Eigen::Index>(data.size()) != matrix.size())
    fail(ErrorKind::internal, "state", "expected ", matrix.size(), " numbers, found ", data.size());
  for (Eigen::Index i = 0; i < matrix.size(); ++i)
    matrix.data()[i] = static_cast<float>(data[static_cast<std::size_t>(i)].get<double>());
  return matrix;
}

}  // namespace prospect
