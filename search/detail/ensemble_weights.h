#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/candidate.h"
#include "core/matrix.h"

namespace prospect {

/// What the members of an ensemble said of labelled examples: where weights are learned.
struct MemberAnswers {
  std::vector<MatrixXd> log_p;     ///< Label log-probabilities of each member. [N, K] each
  std::vector<std::int32_t> gold;  ///< [N]
};

/// What learned weights make large: the mean log-probability of the gold label under
enum class WeightObjective {
  log_linear,  ///< the normalised log-linear mixture (LPAQA's paper). Concave in the weights.
  mixture,     ///< the linear mixture (LPAQA's program as it was run). Concave as well.
};

/// Weights on the simplex, and how good they are.
struct LearnedWeights {
  std::vector<double> weights;  ///< Sum to one.
  double objective = 0;         ///< Mean log-probability of the gold label, in nats.
  /// How far the objective may at most be from its maximum: largest partial derivative less the
  /// mean one under the weights. 0 at the optimum (Karush, Kuhn and Tucker).
  double gap = 0;
  double entropy = 0;  ///< Of the weights, in nats; 0 where one member has all.
  std::int64_t num_steps = 0;
};

/// The maximum over the simplex by exponentiated gradient (Kivinen and Warmuth 1997), from uniform
/// weights, with a step size that never loses; stops at a gap of `kSmallestGap` or after
/// `most_steps`.
LearnedWeights exponentiated_gradient(const MemberAnswers& answers, WeightObjective objective,
                                      std::int64_t most_steps = 5000);
inline constexpr double kSmallestGap = 1e-6;

/// As LPAQA's program learns them: a softmax over free parameters that start at 0, Adam with rate
/// 0.1 on all examples at once, at most 500 steps, ended by 10 without a gain of 1e-3.
LearnedWeights lpaqa_weights(const MemberAnswers& answers, WeightObjective objective);

/// Forward choice: the members, in the order in which they joined, each the one that helps most,
/// until none helps or `most` are there. They mix with equal weights.
///
/// What helps is decided by the metric, and where that ties by the mean gold log-likelihood.
std::vector<std::size_t> greedy_members(const MemberAnswers& answers, Combiner combiner,
                                        const std::string& metric,
                                        const std::vector<std::string>& labels, std::size_t most);

/// Share of the examples that a member answers right.
double accuracy_of(const MatrixXd& label_log_p, const std::vector<std::int32_t>& gold);

}  // namespace prospect
