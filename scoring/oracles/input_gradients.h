#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "core/matrix.h"
#include "scoring/model.h"
#include "scoring/prompt.h"
#include "search/oracles.h"

namespace prospect {

class PretrainedLM;
class WorkPool;

/// A token whose log-probability is asked for.
struct GradientRead {
  std::uint32_t prompt = 0;  ///< Among the job's.
  std::uint32_t position = 0;
  TokenId token = 0;
};

/// An answer: the sum of its reads' log-probabilities, divided.
struct GradientAnswer {
  std::vector<GradientRead> reads;
  double divisor = 1;
};

/// One example's loss: a function of what the model says at some positions of some prompts.
struct GradientJob {
  /// Stands for a vector that a prompt has no place for.
  static constexpr std::uint32_t kNowhere = std::numeric_limits<std::uint32_t>::max();

  std::vector<Prompt> prompts;
  /// Where the trigger slots stand in each prompt, in order; `kNowhere` where one does not.
  std::vector<std::vector<std::uint32_t>> slots;
  std::vector<std::vector<GradientAnswer>> labels;  ///< The answers of each label, at least one.
  AnswerCombination combination = AnswerCombination::sum;
  std::size_t gold = 0;  ///< The right one among `labels`.
  LossKind kind = LossKind::label_likelihood;
  double mellowmax = 0;  ///< As in `Loss`, over an answer's tokens.
  /// Vectors [S, D] in place of the embedding rows at the trigger slots.
  const MatrixXf* vectors = nullptr;
};

/// The loss and its gradient with respect to each prompt's input embedding rows.
struct JobGradient {
  double loss = 0;
  std::vector<MatrixXf> at_tokens;  ///< [T, D] of each prompt.
};

/// Computes jobs by autograd, with a leaf at the input embedding rows alone: output rows that are
/// tied to them stay out. A job's numbers depend on the job alone, bit for bit.
/// @return in the order of the jobs.
std::vector<JobGradient> input_gradients(const PretrainedLM& lm, const WorkPool& pool,
                                         std::span<const GradientJob> jobs);

}  // namespace prospect
