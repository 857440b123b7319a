#include "search/gradient/optimiser.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace prospect {

void Optimiser::step(MatrixXf& vectors, const MatrixXf& gradient) {
  ++memory_.step;
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
  memory_ = {};
}

MatrixXf Optimiser::adam_update(const MatrixXf& gradient) {
  constexpr float kFirst = 0.9F, kSecond = 0.999F, kEpsilon = 1e-8F;
  if (memory_.step == 1)
    memory_.first = memory_.second = MatrixXf::Zero(gradient.rows(), gradient.cols());
  memory_.first = kFirst * memory_.first + (1 - kFirst) * gradient;
  memory_.second = kSecond * memory_.second + (1 - kSecond) * gradient.cwiseAbs2();
  const auto t = static_cast<double>(memory_.step);
  const auto bias_first = static_cast<float>(1 - std::pow(kFirst, t));
  const auto bias_second = static_cast<float>(1 - std::pow(kSecond, t));
  return ((memory_.first / bias_first).array() /
          ((memory_.second / bias_second).array().sqrt() + kEpsilon))
      .matrix();
}

MatrixXf Optimiser::adafactor_update(const MatrixXf& gradient) {
  constexpr float kEpsilon = 1e-30F;
  const auto decay = static_cast<float>(
      1 - std::pow(static_cast<double>(memory_.step), -0.8));  // 0 at the first step
  const MatrixXf squares = (gradient.array().square() + kEpsilon).matrix();
  const MatrixXf rows = squares.rowwise().mean(), columns = squares.colwise().mean();
  if (memory_.step == 1) {
    memory_.first = rows;
    memory_.second = columns;
  } else {
    memory_.first = decay * memory_.first + (1 - decay) * rows;
    memory_.second = decay * memory_.second + (1 - decay) * columns;
  }
  const MatrixXf variance = memory_.first * memory_.second / memory_.first.mean();  // [S, D]
  MatrixXf update = (gradient.array() / variance.array().sqrt()).matrix();
  const float size = std::sqrt(update.cwiseAbs2().mean());
  return update / std::max(1.0F, size);
}

Json Optimiser::to_json() const {
  return {{"step", memory_.step},
          {"first", matrix_to_json(memory_.first)},
          {"second", matrix_to_json(memory_.second)}};
}

void Optimiser::read(const Json& json) {
  memory_ = {json.at("step").get<std::int64_t>(), matrix_from_json(json.at("first")),
             matrix_from_json(json.at("second"))};
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

std::vector<std::byte> matrix_to_bytes(const MatrixXf& matrix) {
  const auto bytes =
      std::as_bytes(std::span(matrix.data(), static_cast<std::size_t>(matrix.size())));
  return {bytes.begin(), bytes.end()};
}

MatrixXf matrix_from_bytes(std::span<const std::byte> bytes, Eigen::Index rows, Eigen::Index cols) {
  MatrixXf matrix(rows, cols);
  const auto target =
      std::as_writable_bytes(std::span(matrix.data(), static_cast<std::size_t>(matrix.size())));
  if (bytes.size() != target.size())
    fail(ErrorKind::internal, "state", "expected ", target.size(), " bytes of numbers, found ",
         bytes.size());
  std::copy(bytes.begin(), bytes.end(), target.begin());
  return matrix;
}

}  // namespace prospect
