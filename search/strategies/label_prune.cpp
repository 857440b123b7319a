// LM-BFF's label-word search [gao2021, sec. 5.1]: the words that the LM says for a label's
// examples, pruned to some for each label, put together so that the support examples come out
// right, and the best of these ranked on dev.
//
// Each label keeps the `pruned` words of the highest mean log-probability over its support
// examples. Assignments of one word each are all scored on the support readings, where they are at
// most `limit`; with more labels coordinate ascent goes from label to label instead, starting at
// the distinct words of the largest margin. The `keep` best are proposed for dev in one ask. Cost
// of a prompt: the support examples and dev once. Oracles: slot, head (free). Exhausted after the
// last prompt. Differences: docs/strategies/label_prune.md.

#include <cmath>
#include <utility>

#include "search/answers/assignment.h"
#include "search/label_word_search.h"
#include "search/registry.h"

namespace prospect {
namespace {

struct LabelPruneOptions {
  LabelWordOptions common;
  std::int64_t pruned = 100;
  std::int64_t keep = 100;
  std::int64_t limit = 1'000'000;
  std::int64_t sweeps = 10;
  std::string mean = "log_probability";
  std::string objective = "accuracy";
};

void describe(OptionVisitor& visit, LabelPruneOptions& options) {
  describe(visit, options.common);
  visit("pruned", options.pruned, "Words that each label keeps.",
        between<std::int64_t>(1, 100'000));
  visit("keep", options.keep, "Assignments that are scored on dev.",
        between<std::int64_t>(1, 1000));
  visit("limit", options.limit,
        "The most assignments that are all scored; where there are more, coordinate ascent.",
        at_least<std::int64_t>(1));
  visit("sweeps", options.sweeps, "Most sweeps of the coordinate ascent.",
        between<std::int64_t>(1, 10'000));
  visit("mean", options.mean,
        "What is averaged over a label's examples: log_probability (the paper), or logit (the "
        "authors' program).",
        {"log_probability", "logit"});
  visit("objective", options.objective,
        "What assignments are ranked by on the support examples; the other breaks ties.",
        {"accuracy", "log_likelihood"});
}

// The mean over each label's examples. [K, W]
MatrixXd class_means(const LabelPruneOptions& options, const WordQuestion& question,
                     const MatrixXd& log_p, const AnswerWords& words) {
  const auto& labels = question.readings->labels;
  const std::size_t num_labels = question.context.task.labels.size();
  if (options.mean == "log_probability") return label_means(log_p, labels, num_labels);
  return label_means(
      words.columns(question.context.oracles.head()->logits(question.readings->vectors)), labels,
      num_labels);
}

// Whether every combination of the lists is at most `limit`.
bool is_small(const RankedWords& lists, std::int64_t limit) {
  double size = 1;
  for (const auto& list : lists) size *= static_cast<double>(list.size());
  return size <= static_cast<double>(limit);
}

// A distinct word for each label: the largest sum of margins between its mean and the mean over all
// labels, among the words that some label kept.
std::vector<std::size_t> first_assignment(const MatrixXd& means, const RankedWords& lists) {
  std::vector<std::size_t> kept;
  for (const auto& list : lists) kept.insert(kept.end(), list.begin(), list.end());
  std::sort(kept.begin(), kept.end());
  kept.erase(std::unique(kept.begin(), kept.end()), kept.end());
  MatrixXd gains(means.rows(), static_cast<Eigen::Index>(kept.size()));
  for (std::size_t w = 0; w < kept.size(); ++w) {
    const VectorXd column = means.col(static_cast<Eigen::Index>(kept[w]));
    gains.col(static_cast<Eigen::Index>(w)) = column.array() - column.mean();
  }
  std::vector<std::size_t> words;
  for (const std::size_t column : best_distinct(gains)) words.push_back(kept[column]);
  return words;
}

std::vector<FoundWords> find_words(const LabelPruneOptions& options, const WordQuestion& question) {
  const SearchContext& context = question.context;
  const AnswerWords words = answer_words(context.vocabulary, question.prompt.tmpl);
  const MatrixXd log_p = words.columns(question.readings->log_p);
  const MatrixXd means = class_means(options, question, log_p, words);
  const RankedWords lists = ranking(means, static_cast<std::size_t>(options.pruned));
  std::vector<FoundWords> found;
  std::size_t num_words = 0;
  for (const auto& list : lists) {
    if (list.empty()) return found;  // a label without an example
    num_words += list.size();
  }
  if (words.size() < lists.size()) return found;
  const AssignmentSearch search(log_p, question.readings->labels,
                                options.objective == "accuracy"
                                    ? AssignmentObjective::accuracy
                                    : AssignmentObjective::log_likelihood,
                                static_cast<std::size_t>(options.keep));
  const bool small = is_small(lists, options.limit);
  const auto best = small ? search.enumerate(lists)
                          : search.ascend(lists, first_assignment(means, lists), options.sweeps);
  for (const auto& assignment : best) {
    RankedWords one;
    for (const std::size_t word : assignment.words) one.push_back({word});
    found.push_back(
        {verbalizer_of(context.task.labels, one, 1, words.texts, AnswerCombination::sum),
         std::string(small ? "enumerated" : "ascended") + ", support accuracy " +
             std::to_string(assignment.accuracy)});
  }
  return found;
}

class LabelPrune : public LabelWordSearch {
 public:
  LabelPrune(const LabelPruneOptions& options, SearchContext context)
      : LabelWordSearch(
            options.common, std::move(context),
            {.reads = WordMethod::Reads::labelled, .find = [options](const WordQuestion& question) {
               return find_words(options, question);
             }}) {}
};

const Registration<LabelPrune, LabelPruneOptions> kLabelPrune{
    "label_prune",
    "Prunes words by class, assigns them to labels on support, ranks the best on dev.",
    {OracleKind::slot, OracleKind::head}};

}  // namespace
}  // namespace prospect
