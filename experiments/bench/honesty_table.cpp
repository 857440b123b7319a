#include <algorithm>
#include <cmath>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "core/interval.h"
#include "core/winners_curse.h"
#include "experiments/bench/tables.h"
#include "experiments/commands/result_output.h"

namespace prospect {
namespace {

constexpr std::size_t kCandidates = 100;  // whose intervals are checked, spread over the pool
constexpr std::size_t kTestSize = 872;
// A candidate that has less of a label right all but never answers it: its sets hardly vary, and
// any interval covers.
constexpr double kLeastOfLabel = 0.1;

// The accuracy on each label's examples in the pool. [C][K]
std::vector<std::vector<double>> label_accuracies(const PoolOutcomes& outcomes) {
  const std::size_t num_labels = outcomes.pool.labels.size();
  std::vector<double> total(num_labels);
  for (const auto gold : outcomes.pool.gold) total[static_cast<std::size_t>(gold)] += 1;
  std::vector<std::vector<double>> result;
  for (const auto& right : outcomes.right) {
    std::vector<double> sums(num_labels);
    for (std::size_t i = 0; i < right.size(); ++i)
      sums[static_cast<std::size_t>(outcomes.pool.gold[i])] += right[i];
    for (std::size_t k = 0; k < num_labels; ++k) sums[k] /= total[k];
    result.push_back(std::move(sums));
  }
  return result;
}

bool covers(const Interval& interval, double truth) {
  constexpr double kSlack = 1e-12;
  return interval.low - kSlack <= truth && truth <= interval.high + kSlack;
}

struct Coverage {
  double covered = 0, total = 0;
  void add(bool covers) {
    covered += covers ? 1 : 0;
    total += 1;
  }
  std::string text() const { return total > 0 ? fixed(100 * covered / total, 1) : "-"; }
};

// Of candidates that answer every label, and of the others.
struct Coverages {
  Coverage every, others;
};

bool answers_every(const std::vector<double>& label_accuracy) {
  return *std::min_element(label_accuracy.begin(), label_accuracy.end()) >= kLeastOfLabel;
}

// Draws with replacement, as from endlessly many examples; the pool's accuracy is the truth.
Coverages dev_coverage(const PoolOutcomes& outcomes, std::size_t shots, std::size_t num_draws) {
  std::map<std::int32_t, std::vector<std::size_t>> by_label;
  for (std::size_t i = 0; i < outcomes.num_examples(); ++i)
    by_label[outcomes.pool.gold[i]].push_back(i);
  const auto truths = label_accuracies(outcomes);
  const std::size_t step = std::max<std::size_t>(1, truths.size() / kCandidates);
  Rng rng(1, "coverage/" + outcomes.pool.name + "/" + std::to_string(shots));
  Coverages result;
  for (std::size_t d = 0; d < num_draws; ++d) {
    std::vector<std::vector<std::size_t>> drawn;
    for (const auto& [label, members] : by_label) {
      drawn.emplace_back();
      for (std::size_t i = 0; i < shots; ++i)
        drawn.back().push_back(members[static_cast<std::size_t>(rng.below(members.size()))]);
    }
    for (std::size_t c = 0; c < truths.size(); c += step) {
      std::vector<LabelCount> counts;
      double truth = 0;
      for (std::size_t k = 0; k < drawn.size(); ++k) {
        counts.push_back({0, shots});
        for (const std::size_t i : drawn[k]) counts[k].right += outcomes.right[c][i] > 0 ? 1 : 0;
        truth += truths[c][k] / static_cast<double>(drawn.size());
      }
      (answers_every(truths[c]) ? result.every : result.others)
          .add(covers(stratified_interval(counts), truth));
    }
  }
  return result;
}

Coverages test_coverage(const PoolOutcomes& outcomes, std::size_t num_draws) {
  std::vector<std::size_t> all(outcomes.num_examples());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  const auto truths = accuracies(outcomes, all);
  const auto by_label = label_accuracies(outcomes);
  const std::size_t step = std::max<std::size_t>(1, truths.size() / kCandidates);
  Rng rng(1, "coverage/test/" + outcomes.pool.name);
  Coverages result;
  std::vector<std::size_t> drawn(kTestSize);
  for (std::size_t d = 0; d < num_draws; ++d) {
    for (auto& i : drawn) i = static_cast<std::size_t>(rng.below(all.size()));
    for (std::size_t c = 0; c < truths.size(); c += step) {
      std::size_t right = 0;
      for (const std::size_t i : drawn) right += outcomes.right[c][i] > 0 ? 1 : 0;
      (answers_every(by_label[c]) ? result.every : result.others)
          .add(covers(exact_interval(right, kTestSize), truths[c]));
    }
  }
  return result;
}

// How far each dev estimate of the chosen one is above what it reaches on the rest of the pool.
struct Flattery {
  std::vector<double> measured, expected, corrected;
};

Flattery flattery_of(const PoolOutcomes& outcomes, std::size_t shots, std::size_t num_draws) {
  Rng rng(1, "flattery/" + outcomes.pool.name + "/" + std::to_string(shots));
  Flattery result;
  for (std::size_t d = 0; d < num_draws; ++d) {
    const PoolDraw draw = draw_dev(outcomes, shots, rng);
    const auto merits = merits_on(outcomes, draw.dev, SelectionRule::expected);
    const std::size_t chosen = best_place(merits);
    const double test = accuracies(outcomes, draw.test)[chosen];
    Evidence evidence;
    evidence.value.resize(static_cast<Eigen::Index>(outcomes.num_candidates()),
                          static_cast<Eigen::Index>(draw.dev.size()));
    evidence.log_likelihood = evidence.value;
    for (std::size_t i = 0; i < draw.dev.size(); ++i) {
      evidence.gold.push_back(outcomes.pool.gold[draw.dev[i]]);
      for (std::size_t c = 0; c < outcomes.num_candidates(); ++c) {
        const auto row = static_cast<Eigen::Index>(c), column = static_cast<Eigen::Index>(i);
        evidence.value(row, column) = outcomes.right[c][draw.dev[i]];
        evidence.log_likelihood(row, column) = outcomes.log_p[c][draw.dev[i]];
      }
    }
    result.measured.push_back(merits[chosen].value - test);
    result.expected.push_back(merits[chosen].expected - test);
    result.corrected.push_back(corrected_values(evidence, RankedBy::expected_value, 50).front() -
                               test);
  }
  return result;
}

}  // namespace

void print_coverage_table(std::ostream& out, std::span<const PoolOutcomes> pools,
                          std::size_t num_draws) {
  out << "| pool | candidates that | dev, 16 a class | dev, 128 a class | test, " << kTestSize
      << " rows |\n|---|---|---|---|---|\n";
  for (const auto& outcomes : pools) {
    const Coverages few = dev_coverage(outcomes, 16, num_draws);
    const Coverages many = dev_coverage(outcomes, 128, num_draws);
    const Coverages test = test_coverage(outcomes, num_draws);
    out << "| " << outcomes.pool.name << " | answer every label | " << few.every.text() << " | "
        << many.every.text() << " | " << test.every.text() << " |\n| | do not | "
        << few.others.text() << " | " << many.others.text() << " | " << test.others.text()
        << " |\n";
  }
}

void print_flattery_table(std::ostream& out, std::span<const PoolOutcomes> pools,
                          std::size_t num_draws) {
  out << "| pool | a class | dev as measured | expected | corrected |\n|---|---|---|---|---|\n";
  for (const std::size_t shots : {16, 128})
    for (const auto& outcomes : pools) {
      const Flattery flattery = flattery_of(outcomes, shots, num_draws);
      out << "| " << outcomes.pool.name << " | " << shots << " | "
          << points(mean_and_half(flattery.measured)) << " | "
          << points(mean_and_half(flattery.expected)) << " | "
          << points(mean_and_half(flattery.corrected)) << " |\n";
    }
}

}  // namespace prospect
