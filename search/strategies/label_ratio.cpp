// PETAL's label-word search [schick2020]: each label's words by the likelihood ratio of one label
// against the rest.
//
// Each label keeps the `pruned` words of the highest summed log-probability over its examples; of
// these the best by s(w, l) = c sum_{y=l} logit q + sum_{y!=l} -logit q, with q the probability of
// w at the slot and c the other labels' share, so that few examples weigh as much as many. The
// words of the first 1, 2, .. `words` are all proposed. Cost of a prompt: the support examples and
// dev once. Oracles: slot, head (free). Exhausted after the last prompt. Differences:
// docs/strategies/label_ratio.md.

#include <algorithm>
#include <cmath>
#include <utility>

#include "search/detail/scored.h"
#include "search/label_word_search.h"
#include "search/registry.h"

namespace prospect {
namespace {

// log(1 - q) of a word that the LM is certain of would be infinite.
constexpr double kMostProbability = 1 - 1e-9;

struct LabelRatioOptions {
  LabelWordOptions common;
  std::int64_t words = 10;
  std::int64_t pruned = 1000;
  std::string loss = "ratio";
  bool balance = true;
  bool distinct = true;
  std::string combination = "mean";
};

void describe(OptionVisitor& visit, LabelRatioOptions& options) {
  describe(visit, options.common);
  visit("words", options.words, "Most words for each label.", between<std::int64_t>(1, 400));
  visit("pruned", options.pruned, "Words that each label keeps before they are compared.",
        between<std::int64_t>(1, 1'000'000));
  visit("loss", options.loss,
        "Likelihood ratio, or the cross-entropy of one label against the rest.",
        {"ratio", "cross_entropy"});
  visit("balance", options.balance,
        "Let a label's examples weigh as much as all others; off in the authors' program.");
  visit("distinct", options.distinct,
        "Give a word to the label alone that it suits best; off in the authors' program.");
  visit("combination", options.combination, "How a label's words are combined.",
        {"mean", "sum", "max"});
}

// s(w, l) for all words. [K, W]
MatrixXd ratio_scores(const LabelRatioOptions& options, const MatrixXd& log_p,
                      std::span<const std::int32_t> labels, std::size_t num_labels) {
  const bool is_ratio = options.loss == "ratio";
  const Eigen::ArrayXXd absent = (1 - log_p.array().exp().min(kMostProbability)).log();
  MatrixXd positive = log_p;
  if (is_ratio) positive -= absent.matrix();
  MatrixXd negative = absent.matrix();
  if (is_ratio) negative -= log_p;
  const Eigen::RowVectorXd all_negative = negative.colwise().sum();
  MatrixXd scores(static_cast<Eigen::Index>(num_labels), log_p.cols());
  for (std::size_t label = 0; label < num_labels; ++label) {
    Eigen::RowVectorXd own = Eigen::RowVectorXd::Zero(log_p.cols()), rest = all_negative;
    double count = 0;
    for (std::size_t r = 0; r < labels.size(); ++r) {
      if (labels[r] != static_cast<std::int32_t>(label)) continue;
      own += positive.row(static_cast<Eigen::Index>(r));
      rest -= negative.row(static_cast<Eigen::Index>(r));
      ++count;
    }
    const double others = static_cast<double>(labels.size()) - count;
    const double weight = options.balance && count > 0 && others > 0 ? others / count : 1;
    if (count > 0)
      scores.row(static_cast<Eigen::Index>(label)) = weight * own + rest;
    else
      scores.row(static_cast<Eigen::Index>(label)).setConstant(kUnscored);
  }
  return scores;
}

std::vector<FoundWords> find_words(const LabelRatioOptions& options, const WordQuestion& question) {
  const SearchContext& context = question.context;
  const auto& names = context.task.labels;
  const AnswerWords words = answer_words(context.vocabulary, question.prompt.tmpl);
  const MatrixXd log_p = words.columns(question.readings->log_p);
  const auto& labels = question.readings->labels;
  const MatrixXd scores = ratio_scores(options, log_p, labels, names.size());
  const RankedWords pruned =
      ranking(label_means(log_p, labels, names.size()), static_cast<std::size_t>(options.pruned));
  const MatrixXd kept = scores_within(scores, pruned);
  const auto most = static_cast<std::size_t>(options.words);
  return nested_verbalizers(names,
                            options.distinct ? distinct_ranking(kept, most) : ranking(kept, most),
                            most, words.texts, answer_combination(options.combination), "ratio");
}

class LabelRatio : public LabelWordSearch {
 public:
  LabelRatio(const LabelRatioOptions& options, SearchContext context)
      : LabelWordSearch(
            options.common, std::move(context),
            {.reads = WordMethod::Reads::labelled, .find = [options](const WordQuestion& question) {
               return find_words(options, question);
             }}) {}
};

const Registration<LabelRatio, LabelRatioOptions> kLabelRatio{
    "label_ratio",
    "Takes each label's words by the likelihood ratio of one label against the rest.",
    {OracleKind::slot, OracleKind::head}};

}  // namespace
}  // namespace prospect
