#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/options.h"
#include "core/rng.h"
#include "search/gradient/optimiser.h"
#include "search/policy/head_adapter.h"
#include "search/strategy.h"

namespace prospect {

struct PromptPolicyOptions {
  std::string context;
  std::int64_t hidden_size = 2048;
  double initial_gain = 1e-4;
  std::int64_t top_k = 256;
  double logit_bias = 0;
  double learning_rate = 5e-5;
  double gradient_clip = 5;
  double target_rate = 0.001;
};

void describe(OptionVisitor& visit, PromptPolicyOptions& options);

/// Prompts of a step, with all that learning from them takes once their rewards are known.
struct DrawnPrompts {
  std::vector<TokenIds> ids;  ///< N prompts of L tokens.
  MatrixXd advantages;        ///< Log-probability of each token under the policy. [N, L]
  MatrixXd target_values;     ///< Of the state before each token, by the target network. [N, L]
  MatrixXf states;            ///< The frozen model's vector before each token. [N L, D]
  MatrixXf pulled;            ///< The gradient of each advantage at the network's output. [N L, D]
};

/// A policy that writes a prompt token by token: a small network between a frozen LM's vectors and
/// its own output rows, learned by soft Q-learning with a slowly following target copy.
///
/// Tokens that are not allowed have no probability, as if their logits were minus infinity. Tokens
/// are drawn among the `top_k` likeliest, but learned from as drawn from all.
/// Source: RLPrompt (Deng et al. 2022), with the program's schedule.
class PromptPolicy {
 public:
  /// @param head     outlives it. @param allowed  ascending ids.
  PromptPolicy(const PromptPolicyOptions& options, HeadOracle& head, TokenIds allowed, Rng& rng);

  /// The most that `draw` costs: a forward for each different beginning.
  static std::int64_t draw_cost(std::int64_t num_prompts, std::int64_t length) {
    return 1 + num_prompts * (length - 1);
  }
  /// Follows with the target, then draws.
  DrawnPrompts draw(std::size_t num_prompts, std::size_t length, Rng& rng);
  /// The likeliest token after the likeliest; costs a forward for each.
  TokenIds greedy(std::size_t length) const;
  /// One step of Adam on the soft Q loss. @param rewards  one for each prompt.
  void learn(const DrawnPrompts& drawn, std::span<const double> rewards);

  void save(State& state) const;
  /// @throws an exception where the state is another thing; the policy is then unchanged.
  void restore(const State& state);

  /// What the frozen model is asked about the token behind a beginning.
  static Template question(const std::string& context, const TokenIds& beginning);

 private:
  MatrixXf states_of(std::span<const TokenIds> beginnings) const;
  double log_sum_exp(const MatrixXf& logits, Eigen::Index row) const;
  TokenId draw_token(const MatrixXf& logits, Eigen::Index row, Rng& rng) const;
  Eigen::RowVectorXf gradient_of(const MatrixXf& logits, Eigen::Index row, double log_sum,
                                 TokenId token) const;

  PromptPolicyOptions options_;
  HeadOracle& head_;
  TokenIds allowed_;
  HeadAdapter adapter_, target_;
  Optimiser optimiser_;
};

}  // namespace prospect
