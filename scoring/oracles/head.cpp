#include <algorithm>

#include "core/error.h"
#include "scoring/oracles/lm_oracles.h"
#include "scoring/oracles/slot_prompts.h"
#include "scoring/run_prompts.h"

namespace prospect {
namespace {

// Rows of a piece of work, whatever the number of threads: bounds what a piece holds of the
// vocabulary.
constexpr std::int64_t kRows = 16;

at::Tensor rows_of(const MatrixXf& matrix, std::int64_t begin, std::int64_t size) {
  // Copied, since LibTorch takes no constant memory.
  at::Tensor rows = at::empty({size, matrix.cols()}, at::kFloat);
  std::copy_n(matrix.data() + begin * matrix.cols(), size * matrix.cols(), rows.data_ptr<float>());
  return rows;
}

// Calls `body(begin, size)` for pieces of the rows.
template <class Body>
void in_pieces(const WorkPool& pool, std::int64_t num_rows, const Body& body) {
  pool.run(static_cast<std::size_t>((num_rows + kRows - 1) / kRows), [&](std::size_t piece) {
    const auto begin = static_cast<std::int64_t>(piece) * kRows;
    body(begin, std::min(kRows, num_rows - begin));
  });
}

void check_size(const MatrixXf& vectors, std::int64_t size) {
  if (vectors.cols() != size)
    fail(ErrorKind::internal, "head", "expected vectors of ", size, " numbers, found ",
         vectors.cols());
}

}  // namespace

MatrixXf LmHeadOracle::vectors(std::span<const Template> texts) {
  SlotPrompts filled;
  const std::vector<Example> nothing(1);
  for (const auto& text : texts) {
    SlotPrompts one = fill_slots({text, {}, {}}, nothing, context_.vocabulary, context_.lm);
    filled.prompts.push_back(std::move(one.prompts.front()));
    filled.slots.push_back(one.slots.front());
  }
  return slot_vectors(filled, context_.lm, context_.pool);
}

MatrixXf LmHeadOracle::logits(const MatrixXf& vectors) {
  const auto& lm = context_.lm;
  check_size(vectors, lm.vector_size());
  const auto size = std::min<std::int64_t>(static_cast<std::int64_t>(context_.vocabulary.size()),
                                           lm.description().output_size());
  MatrixXf logits(vectors.rows(), size);
  in_pieces(context_.pool, vectors.rows(), [&](std::int64_t begin, std::int64_t count) {
    const c10::InferenceMode guard;
    const at::Tensor rows = lm.logits(rows_of(vectors, begin, count)).contiguous();  // [n, V]
    for (std::int64_t r = 0; r < count; ++r)
      logits.row(begin + r) =
          Eigen::Map<const Eigen::RowVectorXf>(rows.data_ptr<float>() + r * rows.size(1), size);
  });
  return logits;
}

MatrixXf LmHeadOracle::pull_back(const MatrixXf& vectors, const MatrixXf& at_logits) {
  const auto& lm = context_.lm;
  check_size(vectors, lm.vector_size());
  if (at_logits.rows() != vectors.rows() || at_logits.cols() > lm.description().output_size())
    fail(ErrorKind::internal, "head", "expected a gradient of ", vectors.rows(), " x ",
         lm.description().output_size(), " logits at most, found ", at_logits.rows(), " x ",
         at_logits.cols());
  MatrixXf pulled(vectors.rows(), vectors.cols());
  in_pieces(context_.pool, vectors.rows(), [&](std::int64_t begin, std::int64_t count) {
    const at::AutoGradMode enable_gradients(true);
    const at::Tensor rows = rows_of(vectors, begin, count).requires_grad_(true);
    const at::Tensor logits = lm.logits(rows).narrow(1, 0, at_logits.cols());
    const at::Tensor gradient =
        torch::autograd::grad({logits}, {rows}, {rows_of(at_logits, begin, count)})[0].contiguous();
    pulled.middleRows(begin, count) =
        Eigen::Map<const MatrixXf>(gradient.data_ptr<float>(), count, vectors.cols());
  });
  return pulled;
}

}  // namespace prospect
