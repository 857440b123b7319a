#include "experiments/selection.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "core/ensemble.h"
#include "core/expected_value.h"
#include "core/json.h"
#include "core/metric.h"
#include "core/unlabelled.h"
#include "experiments/number_text.h"

namespace prospect {
namespace {

// NaN below every number, so that the order is total.
int compare(double a, double b) {
  if (std::isnan(a) || std::isnan(b))
    return static_cast<int>(std::isnan(b)) - static_cast<int>(std::isnan(a));
  return a < b ? -1 : static_cast<int>(a > b);
}

// Outcomes say nothing where the examples have one label alone.
bool answers_one_label(const Judgement& judgement) {
  const auto all_equal = [](const std::vector<std::int32_t>& labels) {
    return std::adjacent_find(labels.begin(), labels.end(), std::not_equal_to<>()) == labels.end();
  };
  return judgement.size() > 1 && !all_equal(judgement.gold) && all_equal(judgement.predicted);
}

bool all_finite(const DevEvidence& evidence) {
  const auto finite = [](double x) { return std::isfinite(x); };
  // A log-likelihood may be -inf: an impossible answer.
  return std::all_of(evidence.values.begin(), evidence.values.end(), finite) &&
         std::none_of(evidence.log_likelihoods.begin(), evidence.log_likelihoods.end(),
                      [](double x) { return std::isnan(x); });
}

}  // namespace

std::string_view name_of(SelectionRule rule) {
  return rule == SelectionRule::expected ? "default" : "accuracy";
}

Merit merit_of(const Evaluation& evaluation) {
  Merit merit;
  merit.expected = merit.value = evaluation.value;
  merit.log_likelihood = rounded(evaluation.log_likelihood);
  merit.worst_class = evaluation.worst_class;
  return merit;
}

Merit merit_of(const TrialRecord& trial) {
  Merit merit = merit_of(trial.evaluation);
  merit.num_tokens = trial.shown.num_tokens;
  merit.text = canonical_text(trial.entry);
  return merit;
}

bool better(const Merit& a, const Merit& b) {
  if (a.one_label != b.one_label) return b.one_label;
  if (const int order = compare(a.expected, b.expected)) return order > 0;
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

Judgement judge_outcome(const Entry& entry, const Outcome& outcome, const DevPool& pool) {
  std::vector<std::size_t> order(outcome.examples.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return outcome.examples[a] < outcome.examples[b];
  });
  std::vector<RowOutcome> rows;
  std::vector<Example> examples;
  for (const std::size_t i : order) {
    rows.push_back(outcome.rows[i]);
    examples.push_back(pool.examples[outcome.examples[i]]);
  }
  return judge(pool.labels, label_log_probs(outcome_verbalizer(entry), rows), examples);
}

DevEvidence evidence_of(const std::string& metric, const Judgement& judgement) {
  return {example_values(find_metric(metric), judgement), judgement.gold_log_p,
          answers_one_label(judgement)};
}

Evidence stack(std::span<const DevEvidence* const> rows, std::span<const Example> examples) {
  Evidence all;
  all.value.resize(static_cast<Eigen::Index>(rows.size()),
                   static_cast<Eigen::Index>(examples.size()));
  all.log_likelihood = all.value;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const auto row = static_cast<Eigen::Index>(r);
    for (std::size_t i = 0; i < examples.size(); ++i) {
      all.value(row, static_cast<Eigen::Index>(i)) = rows[r]->values[i];
      all.log_likelihood(row, static_cast<Eigen::Index>(i)) = rows[r]->log_likelihoods[i];
    }
  }
  for (const auto& example : examples) all.gold.push_back(example.label);
  return all;
}

void weigh(SelectionRule rule, std::span<Merit* const> merits,
           std::span<const DevEvidence* const> evidence, std::span<const Example> examples) {
  std::map<std::string, std::size_t> row_of;  // each entry once, in order of appearance
  std::vector<const DevEvidence*> rows;
  for (std::size_t i = 0; i < merits.size(); ++i) {
    merits[i]->one_label = evidence[i]->one_label;
    merits[i]->expected = merits[i]->value;
    if (evidence[i]->values.empty() || !all_finite(*evidence[i])) continue;
    if (row_of.emplace(merits[i]->text, rows.size()).second) rows.push_back(evidence[i]);
  }
  if (rule == SelectionRule::metric || rows.empty()) return;
  const ExpectedValues expected = expected_values(stack(rows, examples));
  for (Merit* merit : merits) {
    const auto row = row_of.find(merit->text);
    if (row != row_of.end()) merit->expected = rounded(expected.value[row->second]);
  }
}

std::vector<Merit> merits_of(SelectionRule rule, std::span<const TrialRecord> trials,
                             const DevPool& pool) {
  std::vector<Merit> merits;
  std::vector<DevEvidence> evidence;
  for (const auto& trial : trials) {
    merits.push_back(merit_of(trial));
    evidence.push_back(
        are_unlabelled(pool.examples)
            ? DevEvidence()
            : evidence_of(pool.metric, judge_outcome(trial.entry, trial.outcome, pool)));
  }
  for (const bool soft : {false, true}) {
    std::vector<Merit*> targets;
    std::vector<const DevEvidence*> sources;
    for (std::size_t i = 0; i < merits.size(); ++i) {
      if (std::holds_alternative<SoftPrompt>(trials[i].entry) != soft) continue;
      targets.push_back(&merits[i]);
      sources.push_back(&evidence[i]);
    }
    weigh(rule, targets, sources, pool.examples);
  }
  return merits;
}

std::vector<TrialRecord> best_of(std::vector<TrialRecord> trials, std::vector<Merit> merits,
                                 std::size_t top) {
  std::vector<std::size_t> order;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < trials.size(); ++i)
    if (seen.insert(merits[i].text).second) order.push_back(i);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return better(merits[a], merits[b]); });
  if (order.size() > top) order.resize(top);
  std::vector<TrialRecord> best;
  for (const std::size_t i : order) best.push_back(std::move(trials[i]));
  return best;
}

std::vector<TrialRecord> best_of(std::vector<TrialRecord> trials, std::size_t top) {
  std::vector<Merit> merits;
  for (const auto& trial : trials) merits.push_back(merit_of(trial));
  return best_of(std::move(trials), std::move(merits), top);
}

namespace {

Shown show_candidate(const Candidate& candidate, const Candidate& expanded,
                     const Vocabulary& vocabulary, std::span<const Example> examples) {
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

}  // namespace

Shown show(const Entry& entry, std::span<const Candidate> expanded, const Vocabulary& vocabulary,
           std::span<const Example> examples) {
  const std::vector<Candidate> parts = parts_of(entry);
  const auto* ensemble = std::get_if<Ensemble>(&entry);
  Shown all;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Shown shown = show_candidate(parts[i], expanded[i], vocabulary, examples);
    if (ensemble == nullptr) return shown;
    all.tmpl += (i == 0 ? std::string(name_of(ensemble->combiner)) + ": " : " + ") +
                fixed(ensemble->weights[i], 3) + " x \"" + shown.tmpl + "\"";
    all.text_safe = all.text_safe && shown.text_safe;
    all.num_tokens += shown.num_tokens;
  }
  return all;
}

}  // namespace prospect
