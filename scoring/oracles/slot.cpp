#include <algorithm>

#include "core/error.h"
#include "scoring/oracles/lm_oracles.h"
#include "scoring/oracles/slot_prompts.h"
#include "scoring/run_prompts.h"
#include "scoring/slot_reader.h"

namespace prospect {
namespace {

// Prompts whose outputs over the whole vocabulary are held at a time.
constexpr std::size_t kChunk = 256;

// Output row `index` of a tensor [W, n].
Eigen::Map<const Eigen::RowVectorXf> row_of(const at::Tensor& tensor, std::int64_t index) {
  return {tensor.data_ptr<float>() + index * tensor.size(1), tensor.size(1)};
}

}  // namespace

VectorXf LmSlotOracle::mean_over(const Candidate& candidate, std::span<const Example> examples,
                                 Space space) {
  const auto& lm = context_.lm;
  const auto size = std::min<std::int64_t>(static_cast<std::int64_t>(context_.vocabulary.size()),
                                           lm.description().output_size());
  VectorXd sum = VectorXd::Zero(size);
  for (std::size_t begin = 0; begin < examples.size(); begin += kChunk) {
    const auto chunk = examples.subspan(begin, std::min(kChunk, examples.size() - begin));
    const auto filled = fill_slots(candidate, chunk, context_.vocabulary, lm);
    MatrixXf outputs(static_cast<std::ptrdiff_t>(chunk.size()), size);
    run_prompts(
        lm, context_.pool, filled.prompts, filled.wanted(), [&](const PromptResults& results) {
          const at::Tensor logits = lm.logits(results.vectors);  // [W, V]
          std::int64_t at = 0;
          for (const std::uint32_t prompt : results.prompts) {
            const auto row = row_of(logits, at++);
            const double shift =
                space == Space::logit
                    ? 0
                    : log_sum_exp(std::span(row.data(), static_cast<std::size_t>(row.size())));
            outputs.row(prompt) = (row.head(size).cast<double>().array() - shift).cast<float>();
          }
        });
    for (std::ptrdiff_t r = 0; r < outputs.rows(); ++r)  // in example order
      sum += outputs.row(r).transpose().cast<double>();
  }
  if (!examples.empty()) sum /= static_cast<double>(examples.size());
  return sum.cast<float>();
}

MatrixXf LmSlotOracle::hidden(const Candidate& candidate, std::span<const Example> examples) {
  return slot_vectors(fill_slots(candidate, examples, context_.vocabulary, context_.lm),
                      context_.lm, context_.pool);
}

}  // namespace prospect
