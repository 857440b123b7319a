#include "experiments/bench/pool_draws.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "core/outcome.h"
#include "experiments/commands/result_output.h"

namespace prospect {

PoolOutcomes judge_pool(SelectionPool pool) {
  PoolOutcomes outcomes;
  std::vector<Example> examples;
  for (const std::int32_t label : pool.gold) {
    Example example;
    example.label = label;
    examples.push_back(std::move(example));
  }
  for (const auto& log_p : pool.log_p) {
    const Judgement judgement = judge(pool.labels, log_p, examples);
    std::vector<double> right;
    for (std::size_t i = 0; i < judgement.size(); ++i)
      right.push_back(judgement.predicted[i] == judgement.gold[i] ? 1.0 : 0.0);
    outcomes.right.push_back(std::move(right));
    outcomes.log_p.push_back(judgement.gold_log_p);
    outcomes.answer.push_back(judgement.predicted);
  }
  outcomes.pool = std::move(pool);
  return outcomes;
}

PoolDraw draw_dev(const PoolOutcomes& outcomes, std::size_t shots, Rng& rng) {
  std::map<std::int32_t, std::vector<std::size_t>> by_label;
  for (std::size_t i = 0; i < outcomes.num_examples(); ++i)
    by_label[outcomes.pool.gold[i]].push_back(i);
  PoolDraw draw;
  for (auto& [label, members] : by_label) {
    rng.shuffle(members);
    const auto cut = members.begin() + static_cast<std::ptrdiff_t>(std::min(shots, members.size()));
    draw.dev.insert(draw.dev.end(), members.begin(), cut);
    draw.test.insert(draw.test.end(), cut, members.end());
  }
  return draw;
}

std::vector<double> accuracies(const PoolOutcomes& outcomes,
                               std::span<const std::size_t> examples) {
  std::vector<double> result;
  for (const auto& right : outcomes.right) {
    double sum = 0;
    for (const std::size_t i : examples) sum += right[i];
    result.push_back(sum / static_cast<double>(examples.size()));
  }
  return result;
}

std::vector<Merit> merits_on(const PoolOutcomes& outcomes, std::span<const std::size_t> dev,
                             SelectionRule rule) {
  const std::size_t num_labels = outcomes.pool.labels.size();
  std::vector<Example> examples(dev.size());
  for (std::size_t i = 0; i < dev.size(); ++i) examples[i].label = outcomes.pool.gold[dev[i]];
  std::vector<Merit> merits(outcomes.num_candidates());
  std::vector<DevEvidence> evidence(merits.size());
  std::vector<Merit*> targets;
  std::vector<const DevEvidence*> sources;
  for (std::size_t c = 0; c < merits.size(); ++c) {
    std::vector<double> right(num_labels), total(num_labels);
    bool same = true;
    for (const std::size_t i : dev) {
      const auto gold = static_cast<std::size_t>(outcomes.pool.gold[i]);
      evidence[c].values.push_back(outcomes.right[c][i]);
      evidence[c].log_likelihoods.push_back(outcomes.log_p[c][i]);
      right[gold] += outcomes.right[c][i];
      total[gold] += 1;
      merits[c].value += outcomes.right[c][i] / static_cast<double>(dev.size());
      merits[c].log_likelihood += outcomes.log_p[c][i] / static_cast<double>(dev.size());
      same = same && outcomes.answer[c][i] == outcomes.answer[c][dev.front()];
    }
    merits[c].value = rounded(merits[c].value);  // equal counts, equal numbers
    merits[c].log_likelihood = rounded(merits[c].log_likelihood);
    merits[c].worst_class = 1;
    for (std::size_t k = 0; k < num_labels; ++k)
      if (total[k] > 0)
        merits[c].worst_class = std::min(merits[c].worst_class, right[k] / total[k]);
    merits[c].text = outcomes.pool.candidates[c];
    evidence[c].one_label = same;
    targets.push_back(&merits[c]);
    sources.push_back(&evidence[c]);
  }
  weigh(rule, targets, sources, examples);
  return merits;
}

std::size_t best_place(std::span<const Merit> merits) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < merits.size(); ++i)
    if (better(merits[i], merits[best])) best = i;
  return best;
}

MeanInterval mean_and_half(std::span<const double> sample) {
  constexpr double kZ = 1.959963984540054;
  const auto n = static_cast<double>(sample.size());
  double mean = 0, squares = 0;
  for (const double x : sample) mean += x / n;
  for (const double x : sample) squares += (x - mean) * (x - mean);
  return {mean, kZ * std::sqrt(squares / (n - 1) / n)};
}

std::string points(const MeanInterval& interval) {
  return fixed(100 * interval.mean, 2) + " ± " + fixed(100 * interval.half, 2);
}

}  // namespace prospect
