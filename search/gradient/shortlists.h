#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "search/gradient/options.h"
#include "search/gradient/tried_swaps.h"
#include "search/strategy.h"

namespace prospect {

/// Which tokens the gradient favours at each slot: the shortlist policy.
///
/// The gradient is taken at the tokens that stand, in one pass for all slots, or, with
/// `gradient_tokens` m, averaged for each slot over m random tokens there (ARCA). Tokens and
/// examples are then dealt to max(m, examples) rows, each token and each example as often as any
/// other.
class Shortlister {
 public:
  /// The references outlive it.
  Shortlister(const GradientSearchOptions& options, const SearchContext& context,
              const TriggerSpace& space)
      : options_(options), context_(context), space_(space) {}

  /// What `shortlists` will be charged for.
  std::int64_t cost(const Candidate& candidate, std::size_t num_examples,
                    std::size_t num_slots) const;

  /// For each of `slots` at most `top_k` allowed tokens, the best first; never the token that
  /// stands there, nor one that was tried.
  std::vector<TokenIds> shortlists(const Candidate& candidate, std::span<const Example> examples,
                                   std::span<const std::size_t> slots, const TriedSwaps& tried,
                                   Rng& rng) const;

 private:
  MatrixXf gradient_rows(const Candidate& candidate, std::span<const Example> examples,
                         std::span<const std::size_t> slots, Rng& rng) const;
  Eigen::RowVectorXf mean_gradient(const Candidate& candidate, std::span<const Example> examples,
                                   std::size_t slot, Rng& rng) const;
  TokenMask allowed_at(const Candidate& candidate, std::span<const Example> examples,
                       std::size_t slot, const TriedSwaps& tried) const;

  const GradientSearchOptions& options_;
  const SearchContext& context_;
  const TriggerSpace& space_;
};

}  // namespace prospect
