#include "experiments/precision_ladder.h"

#include <algorithm>
#include <numeric>

namespace prospect {
ScoringSpec exact_spec(ScoringSpec spec) {
  if (spec.precision == Precision::automatic) spec.precision = Precision::float32;
  return spec;
}

LadderWork operator+(const LadderWork& a, const LadderWork& b) {
  return {a.screened + b.screened, a.rescored + b.rescored,
          std::max(a.largest_change, b.largest_change), std::max(a.allowed, b.allowed)};
}

double largest_change(const Verbalizer& verbalizer, std::span<const RowOutcome> a,
                      std::span<const RowOutcome> b) {
  return (label_log_probs(verbalizer, a) - label_log_probs(verbalizer, b)).cwiseAbs().maxCoeff();
}

std::vector<RowOutcome> favoured(std::span<const RowOutcome> rows, const Verbalizer& verbalizer,
                                 std::span<const Example> examples, double error) {
  std::vector<std::int32_t> label_of;  // of each answer, in the order of `flatten`
  for (std::size_t k = 0; k < verbalizer.labels.size(); ++k)
    label_of.insert(label_of.end(), verbalizer.labels[k].answers.size(),
                    static_cast<std::int32_t>(k));
  std::vector<RowOutcome> result(rows.begin(), rows.end());
  for (std::size_t i = 0; i < result.size(); ++i)
    for (std::size_t a = 0; a < result[i].log_p.size(); ++a)
      result[i].log_p[a] += label_of[a] == examples[i].label ? error : -error;
  return result;
}

std::vector<std::size_t> front_runners(std::span<const Screened> candidates, std::size_t top) {
  std::vector<std::size_t> order(candidates.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return better(candidates[a].merit, candidates[b].merit);
  });
  order.resize(std::min(order.size(), top));
  return order;
}

bool can_still_win(const Screened& candidate, std::span<const Merit> exact, std::size_t top) {
  const Merit& most = candidate.at_most;
  const auto ahead = std::count_if(exact.begin(), exact.end(), [&](const Merit& other) {
    return other.value >= most.value && other.log_likelihood >= most.log_likelihood;
  });
  return static_cast<std::size_t>(ahead) < top;
}

}  // namespace prospect
