#pragma once

#include <span>
#include <vector>

#include "core/matrix.h"

namespace prospect {

/// How soft Q-learning's path consistency is violated by some sampled prompts.
struct SoftQLoss {
  double value = 0;
  MatrixXd at_advantages;  ///< The gradient with respect to the advantages. [N, L]
};

/// RLPrompt's loss for prompts whose only reward comes at their end.
///
/// With the advantage A_t = Q_t - V_t of the chosen token (its log-probability under the policy)
/// and the target's state value V'_t: the mean over prompts of the sum over tokens of half of
/// (A_t - (V'_{t+1} - V'_t))^2, with the reward in place of V' behind the last token, and half of
/// (A_t + ... + A_L - (reward - V'_t))^2. Targets take no gradient.
/// Source: Guo et al. 2022, "Efficient (Soft) Q-Learning for Text Generation"; Deng et al. 2022.
/// @param advantages, target_values  [N, L]. @param rewards  one for each prompt.
SoftQLoss soft_q_loss(const MatrixXd& advantages, const MatrixXd& target_values,
                      std::span<const double> rewards);

/// RLPrompt's rewards of a step: (x - mean) / (standard deviation + 1e-4), over all of its prompts.
std::vector<double> z_scores(std::span<const double> values);

}  // namespace prospect
