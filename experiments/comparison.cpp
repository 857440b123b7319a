#include "experiments/comparison.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <utility>

#include "core/ensemble.h"
#include "core/error.h"
#include "core/metric.h"
#include "core/paired_test.h"
#include "core/text.h"
#include "core/unlabelled.h"
#include "experiments/number_text.h"
#include "experiments/run_data.h"

namespace prospect {
namespace {

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

std::vector<LeaderboardRow> rows_of(RunStore& store, const EntryChoice& choice) {
  RunStore* const stores[] = {&store};
  return chosen_rows(build_leaderboard(stores), choice);
}

// What must agree for two entries to have answered the same examples.
Json examples_of(const LeaderboardRow& row) {
  Json terms = row.terms;
  terms.erase("scoring");
  return terms;
}

Judgement judgement_of(RunStore& store, const LeaderboardRow& row, const Task& task) {
  if (are_unlabelled(task.dev))
    fail(ErrorKind::unsupported, "--compare",
         "expected dev examples with labels, found the setting 'zero'; compare the rows' test "
         "values");
  const auto rows = rows_in_order(store.trial(row.trial.value()).outcome);
  return judge(task.labels, label_log_probs(outcome_verbalizer(row.entry), rows), task.dev);
}

std::string p_cell(double p) {
  return p < 0.0001 ? "< 0.0001" : fixed(p, 4);
}

}  // namespace

EntryChoice parse_entry_choice(const std::string& text, const std::string& where) {
  const std::size_t hash = text.rfind('#');
  EntryChoice choice{text.substr(0, hash), std::nullopt, std::nullopt};
  const std::string which = hash == std::string::npos ? "" : text.substr(hash + 1);
  const bool is_number =
      !which.empty() && which.find_first_not_of("0123456789") == std::string::npos;
  if (choice.run.empty() || (hash != std::string::npos && which.empty()) ||
      (is_number && (which.size() > 9 || std::stoll(which) == 0)))
    fail(ErrorKind::usage, where, "expected RUN, RUN#RANK (from 1) or RUN#STRATEGY, found '", text,
         "'");
  if (is_number)
    choice.rank = std::stoll(which);
  else if (!which.empty())
    choice.strategy = which;
  return choice;
}

std::vector<LeaderboardRow> chosen_rows(const Leaderboard& of_run, const EntryChoice& choice) {
  std::vector<LeaderboardRow> rows;
  std::set<std::string> groups, strategies;
  for (const auto& row : of_run.rows) {
    if (row.control) continue;
    strategies.insert(row.strategy);
    const bool chosen =
        choice.strategy ? row.strategy == *choice.strategy : row.rank == choice.rank.value_or(1);
    if (chosen && groups.insert(row.comparable).second) rows.push_back(row);
  }
  if (!rows.empty()) return rows;
  if (choice.strategy) {
    const std::vector<std::string> known(strategies.begin(), strategies.end());
    fail(ErrorKind::usage, choice.run, "expected a strategy of the run, found '", *choice.strategy,
         "'", suggestion(*choice.strategy, known));
  }
  fail(ErrorKind::usage, choice.run, "expected a run with an entry of rank ",
       choice.rank.value_or(1), ", found none");
}

PairedComparison compare(const Judgement& a, const Judgement& b, Rng& rng) {
  PairedComparison result;
  result.num_examples = a.size();
  std::vector<double> gains;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const bool right_a = a.predicted[i] == a.gold[i], right_b = b.predicted[i] == b.gold[i];
    result.only_a += right_a && !right_b ? 1 : 0;
    result.only_b += right_b && !right_a ? 1 : 0;
    gains.push_back(a.gold_log_p[i] - b.gold_log_p[i]);
  }
  result.log_likelihood_a = mean_of(a.gold_log_p);
  result.log_likelihood_b = mean_of(b.gold_log_p);
  result.p_right = mcnemar_exact(result.only_a, result.only_b);
  result.p_log_likelihood = sign_flip_test(gains, rng);
  return result;
}

void adjust_over_splits(std::vector<PairedComparison>& comparisons) {
  std::vector<double> right, log_likelihood;
  for (const auto& comparison : comparisons) {
    right.push_back(comparison.p_right);
    log_likelihood.push_back(comparison.p_log_likelihood);
  }
  right = holm(right);
  log_likelihood = holm(log_likelihood);
  for (std::size_t i = 0; i < comparisons.size(); ++i) {
    comparisons[i].p_right_holm = right[i];
    comparisons[i].p_log_likelihood_holm = log_likelihood[i];
  }
}

RunComparison compare_runs(RunStore& a, const EntryChoice& choice_a, RunStore& b,
                           const EntryChoice& choice_b,
                           const std::function<Task(std::uint64_t split_seed)>& task_of) {
  const auto name_of_choice = [](const EntryChoice& choice) {
    if (choice.strategy) return choice.run + "#" + *choice.strategy;
    return choice.run + "#" + std::to_string(choice.rank.value_or(1));
  };
  RunComparison result{
      name_of_choice(choice_a), name_of_choice(choice_b), a.identity().task.at("metric"), {}, {}};
  const auto rows_b = rows_of(b, choice_b);
  for (const auto& row : rows_of(a, choice_a)) {
    const auto other =
        std::find_if(rows_b.begin(), rows_b.end(), [&](const LeaderboardRow& candidate) {
          return examples_of(candidate) == examples_of(row);
        });
    if (other == rows_b.end()) {
      LeaderboardRow same_scoring = row;  // scoring may differ: it is no reason
      same_scoring.terms["scoring"] = rows_b.front().terms["scoring"];
      result.apart.push_back("split " + std::to_string(row.split_seed) + ": " +
                             why_apart(same_scoring, rows_b.front()));
      continue;
    }
    const Task task = task_of(row.split_seed);
    Rng rng(row.split_seed, "compare");
    PairedComparison comparison =
        compare(judgement_of(a, row, task), judgement_of(b, *other, task), rng);
    comparison.split_seed = row.split_seed;
    comparison.a = row.shown.tmpl;
    comparison.b = other->shown.tmpl;
    comparison.value_a = row.dev->value;
    comparison.value_b = other->dev->value;
    result.splits.push_back(std::move(comparison));
  }
  if (result.splits.empty())
    fail(ErrorKind::usage, "--compare", "expected two runs on the same examples, found ",
         join(result.apart, "; "));
  adjust_over_splits(result.splits);
  return result;
}

Json to_json(const RunComparison& comparison) {
  Json json{{"a", comparison.a},
            {"b", comparison.b},
            {"metric", comparison.metric},
            {"splits", Json::array()},
            {"apart", comparison.apart}};
  for (const auto& split : comparison.splits)
    json["splits"].push_back({{"split_seed", split.split_seed},
                              {"template_a", split.a},
                              {"template_b", split.b},
                              {"value_a", split.value_a},
                              {"value_b", split.value_b},
                              {"log_likelihood_a", split.log_likelihood_a},
                              {"log_likelihood_b", split.log_likelihood_b},
                              {"n", split.num_examples},
                              {"only_a", split.only_a},
                              {"only_b", split.only_b},
                              {"p_mcnemar", split.p_right},
                              {"p_mcnemar_holm", split.p_right_holm},
                              {"p_log_likelihood", split.p_log_likelihood},
                              {"p_log_likelihood_holm", split.p_log_likelihood_holm}});
  return json;
}

std::string write_markdown(const RunComparison& comparison) {
  std::string text =
      "# A: " + comparison.a + ", B: " + comparison.b + "\n\nDev " + comparison.metric +
      ", paired over the same examples. Right: exact McNemar test; log-likelihood: "
      "sign-flip permutation test; both two-sided, Holm-adjusted over the splits in "
      "brackets. Entries that were chosen on these examples are flattered by them.\n\n"
      "| split | n | A | B | A - B | only A right | only B right | p right | "
      "log-likelihood A - B | p log-likelihood |\n"
      "|---|---|---|---|---|---|---|---|---|---|\n";
  double difference = 0;
  for (const auto& split : comparison.splits) {
    difference += split.value_a - split.value_b;
    text += "| " + std::to_string(split.split_seed);
    for (const auto& cell :
         {std::to_string(split.num_examples), fixed(split.value_a, 3), fixed(split.value_b, 3),
          fixed(split.value_a - split.value_b, 3), std::to_string(split.only_a),
          std::to_string(split.only_b),
          p_cell(split.p_right) + " (" + p_cell(split.p_right_holm) + ")",
          fixed(split.log_likelihood_a - split.log_likelihood_b, 4),
          p_cell(split.p_log_likelihood) + " (" + p_cell(split.p_log_likelihood_holm) + ")"})
      text += " | " + cell;
    text += " |\n";
  }
  text += "\nMean difference over " + std::to_string(comparison.splits.size()) +
          (comparison.splits.size() == 1 ? " split: " : " splits: ") +
          fixed(difference / static_cast<double>(comparison.splits.size()), 4) + "\n";
  for (const auto& apart : comparison.apart) text += "Not compared: " + apart + ".\n";
  return text;
}

}  // namespace prospect
