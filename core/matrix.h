#pragma once

#include <Eigen/Core>

namespace prospect {

/// Row-major, as tensors are, so that a row of a batch is contiguous.
using MatrixXf = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using MatrixXd = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Eigen::VectorXd;
using Eigen::VectorXf;

}  // namespace prospect
