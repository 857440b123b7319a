#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/matrix.h"
#include "scoring/model.h"
#include "scoring/prompt.h"
#include "search/oracles.h"

namespace prospect {

class PretrainedLM;
class WorkPool;

/// A loss at one position of a prompt.
struct GradientJob {
  Prompt prompt;
  std::uint32_t position = 0;
  LossKind kind = LossKind::label_likelihood;
  std::vector<TokenIds> labels;  ///< The tokens of each label's answers, one token each.
  std::size_t gold = 0;          ///< The right one among `labels`.
  /// Vectors in place of embedding rows: row s of `vectors` [S, D] at `patches[s]`.
  std::vector<std::uint32_t> patches;
  const MatrixXf* vectors = nullptr;
};

/// The loss of each job and its gradient with respect to the prompt's input embedding rows, by
/// autograd with a leaf at those rows alone. A job's numbers depend on the job alone, bit for bit.
/// @return in the order of the jobs; `at_tokens` is [T, D].
std::vector<InputGradient> input_gradients(const PretrainedLM& lm, const WorkPool& pool,
                                           std::span<const GradientJob> jobs);

}  // namespace prospect
