#include "experiments/selection.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "core/json.h"

namespace prospect {
namespace {

// NaN below every number, so that the order is total.
int compare(double a, double b) {
  if (std::isnan(a) || std::isnan(b))
    return static_cast<int>(std::isnan(b)) - static_cast<int>(std::isnan(a));
  return a < b ? -1 : static_cast<int>(a > b);
}

}  // namespace

Merit merit_of(const Evaluation& evaluation) {
  return {evaluation.value, rounded(evaluation.log_likelihood), evaluation.worst_class, 0, ""};
}

Merit merit_of(const TrialRecord& trial) {
  Merit merit = merit_of(trial.evaluation);
  merit.num_tokens = trial.shown.num_tokens;
  merit.text = canonical_text(trial.entry);
  return merit;
}

bool better(const Merit& a, const Merit& b) {
  if (const int order = compare(a.value, b.value)) return order > 0;
  if (const int order = compare(a.log_likelihood, b.log_likelihood)) return order > 0;
  if (const int order = compare(a.worst_class, b.worst_class)) return order > 0;
  if (a.num_tokens != b.num_tokens) return a.num_tokens < b.num_tokens;
  return a.text < b.text;
}

double rounded(double log_likelihood) {
  return std::isfinite(log_likelihood) ? std::round(log_likelihood * 1e6) / 1e6 : log_likelihood;
}

std::string canonical_text(const Entry& entry) {
  // The template leads, so that the order of ties is that of the templates; the rest of the entry
  // follows and makes the text unique.
  std::string text;
  if (const auto* candidate = std::get_if<Candidate>(&entry)) text = candidate->tmpl.text();
  return text + '\n' + dump_json(to_json(entry));
}

std::vector<TrialRecord> best_of(std::vector<TrialRecord> trials, std::size_t top) {
  std::vector<std::pair<Merit, std::size_t>> order;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < trials.size(); ++i) {
    Merit merit = merit_of(trials[i]);
    if (seen.insert(merit.text).second) order.emplace_back(std::move(merit), i);
  }
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return better(a.first, b.first); });
  if (order.size() > top) order.resize(top);
  std::vector<TrialRecord> best;
  for (const auto& [merit, i] : order) best.push_back(std::move(trials[i]));
  return best;
}

Shown show(const Candidate& candidate, const Candidate& expanded, const Vocabulary& vocabulary,
           std::span<const Example> examples) {
  Shown shown;
  const Template text = vocabulary.as_text(candidate.tmpl);
  // A template of text alone is what it is; only one with token ids may read back otherwise.
  shown.text_safe = text == candidate.tmpl || vocabulary.survives_text(expanded.tmpl, examples);
  shown.tmpl = shown.text_safe ? text.text() : candidate.tmpl.text();

  Example empty;
  for (const auto& name : candidate.tmpl.fields()) empty.fields[name] = "";
  const Filled filled = vocabulary.fill(expanded.tmpl, empty);
  shown.num_tokens =
      static_cast<std::int64_t>(filled.failure ? vocabulary.size() : filled.ids.size());
  return shown;
}

}  // namespace prospect
