#include "search/detail/demonstration_choice.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "core/error.h"
#include "search/detail/demonstrations.h"

namespace prospect {
namespace {

std::string fields_text(const Example& example) {
  std::string text;
  for (const auto& [name, value] : example.fields) text += value + "\n";
  return text;
}

// The input in the middle of all by length, of which half are no longer.
Example median_input(std::span<const Example> inputs) {
  std::vector<std::size_t> order(inputs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return fields_text(inputs[a]).size() < fields_text(inputs[b]).size();
  });
  return inputs.empty() ? Example() : inputs[order[order.size() / 2]];
}

using Weights = std::map<TokenId, double>;

double weights_cosine(const Weights& a, const Weights& b) {
  const auto dot = [](const Weights& x, const Weights& y) {
    double sum = 0;
    for (const auto& [id, weight] : x)
      if (const auto other = y.find(id); other != y.end()) sum += weight * other->second;
    return sum;
  };
  const double size = std::sqrt(dot(a, a) * dot(b, b));
  return size > 0 ? dot(a, b) / size : 0;
}

}  // namespace

DemonstrationFit fit_of(const Candidate& candidate, const SearchContext& context) {
  const Candidate expanded = with_demonstrations(candidate, context.task);
  const Filled filled = context.vocabulary.fill(expanded.tmpl, median_input(context.task.dev));
  if (filled.failure)
    return {false, static_cast<std::int64_t>(
                       context.vocabulary.encode(expanded.tmpl.text(), true).size())};
  return {filled.truncated_tokens == 0,
          static_cast<std::int64_t>(filled.ids.size()) + filled.truncated_tokens};
}

Candidate with_examples(const Candidate& frame, std::vector<std::string> ids) {
  Candidate candidate = frame;
  candidate.demonstrations.example_ids = std::move(ids);
  fit_demonstration_slot(candidate);
  return candidate;
}

std::vector<std::string> pack_demonstrations(const Candidate& frame,
                                             std::span<const ExampleIndex> order, std::size_t count,
                                             const SearchContext& context) {
  std::vector<Example> wanted;
  for (const ExampleIndex index : order) wanted.push_back(context.task.support[index]);
  const std::size_t num_labels = context.task.labels.size();
  std::vector<std::string> ids;
  std::vector<std::size_t> per_label(num_labels);
  std::vector<bool> passed(wanted.size());
  while (ids.size() < count) {
    // The next one of the label that has the fewest, in the order that was asked for.
    std::size_t best = wanted.size();
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const auto label = static_cast<std::size_t>(wanted[i].label);
      if (passed[i] || wanted[i].label < 0 || label >= num_labels) continue;
      if (best == wanted.size() ||
          per_label[label] < per_label[static_cast<std::size_t>(wanted[best].label)])
        best = i;
    }
    if (best == wanted.size()) break;
    passed[best] = true;
    std::vector<std::string> with = ids;
    with.push_back(wanted[best].id);
    if (!fit_of(with_examples(frame, with), context).fits) continue;
    ids = std::move(with);
    ++per_label[static_cast<std::size_t>(wanted[best].label)];
  }
  return ids;
}

std::vector<ExampleIndex> by_similarity(std::span<const Example> support,
                                        std::span<const Example> inputs,
                                        const Vocabulary& vocabulary) {
  std::map<TokenId, double> num_texts;
  const auto counted = [&](std::span<const Example> examples) {
    std::vector<Weights> all;
    for (const auto& example : examples) {
      Weights& counts = all.emplace_back();
      for (const TokenId id : vocabulary.encode(fields_text(example), false)) counts[id] += 1;
      for (const auto& [id, count] : counts) num_texts[id] += 1;
    }
    return all;
  };
  auto own = counted(support), others = counted(inputs);
  const auto total = static_cast<double>(support.size() + inputs.size());
  for (auto* all : {&own, &others})
    for (auto& weights : *all)
      for (auto& [id, weight] : weights) weight *= std::log((1 + total) / num_texts[id]);

  std::vector<double> similarity(support.size());
  for (std::size_t i = 0; i < support.size(); ++i)
    for (const auto& other : others) similarity[i] += weights_cosine(own[i], other);
  std::vector<ExampleIndex> order(support.size());
  std::iota(order.begin(), order.end(), ExampleIndex{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](ExampleIndex a, ExampleIndex b) { return similarity[a] > similarity[b]; });
  return order;
}

LabelEntropy label_entropy(const MatrixXd& label_log_p) {
  LabelEntropy entropy;
  std::map<Eigen::Index, double> predicted;
  for (Eigen::Index r = 0; r < label_log_p.rows(); ++r) {
    Eigen::Index top = 0;
    label_log_p.row(r).maxCoeff(&top);
    predicted[top] += 1;
    for (Eigen::Index k = 0; k < label_log_p.cols(); ++k)
      if (const double p = std::exp(label_log_p(r, k)); p > 0)
        entropy.local -= p * label_log_p(r, k) / static_cast<double>(label_log_p.rows());
  }
  for (const auto& [label, count] : predicted) {
    const double share = count / static_cast<double>(label_log_p.rows());
    entropy.global -= share * std::log(share);
  }
  return entropy;
}

}  // namespace prospect
