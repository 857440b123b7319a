#include "search/policy/head_adapter.h"

#include <cmath>

namespace prospect {
namespace {

constexpr float kBias = -1e-4F;

}  // namespace

HeadAdapter::HeadAdapter(std::int64_t size, std::int64_t hidden, double gain, Rng& rng)
    : size_(size),
      hidden_(hidden),
      parameters_(MatrixXf::Constant(1, hidden * (2 * size + 1) + size, kBias)) {
  const double bound = gain * std::sqrt(6.0 / static_cast<double>(size + hidden));
  const auto draw = [&](Eigen::Index begin) {
    for (Eigen::Index i = begin; i < begin + hidden_ * size_; ++i)
      parameters_(0, i) = static_cast<float>(bound * (2 * rng.uniform() - 1));
  };
  draw(0);
  draw(hidden_ * (size_ + 1));
}

MatrixXf HeadAdapter::hidden_of(const MatrixXf& states) const {
  return ((states * first().transpose()).rowwise() + first_bias()).cwiseMax(0.0F);
}

MatrixXf HeadAdapter::forward(const MatrixXf& states) const {
  return (hidden_of(states) * second().transpose()).rowwise() + second_bias();
}

MatrixXf HeadAdapter::backward(const MatrixXf& states, const MatrixXf& at_outputs) const {
  const MatrixXf hidden = hidden_of(states);  // [N, H]
  const MatrixXf at_hidden =
      (at_outputs * second()).cwiseProduct((hidden.array() > 0).cast<float>().matrix());
  MatrixXf gradient(1, parameters_.cols());
  float* at = gradient.data();
  const auto put = [&](const MatrixXf& part) {
    Eigen::Map<MatrixXf>(at, part.rows(), part.cols()) = part;
    at += part.size();
  };
  put(at_hidden.transpose() * states);
  put(at_hidden.colwise().sum());
  put(at_outputs.transpose() * hidden);
  put(at_outputs.colwise().sum());
  return gradient;
}

}  // namespace prospect
