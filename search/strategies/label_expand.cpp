// Answer expansion from word lists, with KPT's refinements [hu2022].
//
// A list file gives each label many words (else they are those of all the task's prompts and
// seeds). Words that the LM seldom says in these texts go (frequency: the contextual prior in the
// lower part of the vocabulary), and words that are no nearer to their own label than to the others
// (relevance); what is left competes at several lengths.
// Cost of a prompt: the texts read and the dev pool once. Oracles: slot, head (free). Reads texts,
// never their labels. Exhausted after the last prompt. Differences:
// docs/strategies/label_expand.md.

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <utility>

#include "core/error.h"
#include "core/files.h"
#include "core/text.h"
#include "search/detail/label_words.h"
#include "search/detail/scored.h"
#include "search/label_word_search.h"
#include "search/registry.h"

namespace prospect {
namespace {

// The lengths at which refined lists compete.
constexpr std::size_t kLengths[] = {1, 2, 3, 5, 10, 20, 50};

struct LabelExpandOptions {
  LabelWordOptions common = {.prompts = 1, .examples = 200, .own_words = true};
  std::string words;
  double frequency = 0.5;
  bool relevance = true;
  std::string combination = "mean";
};

void describe(OptionVisitor& visit, LabelExpandOptions& options) {
  describe(visit, options.common);
  visit("words", options.words,
        "A file with lines \"LABEL=WORD|WORD\"; without it, the words of all prompts and seeds.");
  visit("frequency", options.frequency,
        "Share of the vocabulary whose words are left out as seldom said here; 0 for none.",
        between(0.0, 1.0));
  visit("relevance", options.relevance,
        "Leave out words that are no nearer to their own label than to the others.");
  visit("combination", options.combination, "How a label's words are combined.",
        {"mean", "sum", "max"});
}

LabelWords listed_words(const LabelExpandOptions& options, const SearchContext& context) {
  if (options.words.empty()) return known_label_words(context);
  const auto path = std::filesystem::path(context.folder) / options.words;
  LabelWords words(context.task.labels.size());
  std::size_t number = 0;
  for (const auto& line : split(read_text_file(path), '\n')) {
    ++number;
    const std::string text(trim(line));
    if (text.empty() || text.front() == '#') continue;
    add_label_words(text, context.task, path.string() + ":" + std::to_string(number), words);
  }
  for (std::size_t label = 0; label < words.size(); ++label)
    if (words[label].empty())
      fail(ErrorKind::input, path.string(), "expected words for every label, found none for '",
           context.task.labels[label], "'");
  return words;
}

double cosine(const VectorXd& a, const VectorXd& b) {
  const double lengths = a.norm() * b.norm();
  return lengths > 0 ? a.dot(b) / lengths : 0;
}

// KPT's relevance: nearness to the own label's name over the mean nearness to the others', of the
// probabilities over the texts. The name is the first word of the list.
double relevance_of(const MatrixXd& p, std::size_t word, std::size_t label,
                    const RankedWords& lists) {
  const VectorXd own = p.col(static_cast<Eigen::Index>(word));
  double others = 0;
  for (std::size_t other = 0; other < lists.size(); ++other)
    if (other != label)
      others += cosine(own, p.col(static_cast<Eigen::Index>(lists[other].front())));
  const double mean = others / static_cast<double>(lists.size() - 1);
  const double mine = cosine(own, p.col(static_cast<Eigen::Index>(lists[label].front())));
  return mean > 0 ? mine / mean : 0;
}

// The contextual prior below which words are seldom.
double least_prior(const VectorXd& priors, double share) {
  std::vector<double> sorted(priors.data(), priors.data() + priors.size());
  std::sort(sorted.begin(), sorted.end());
  const auto at = static_cast<std::size_t>(share * static_cast<double>(sorted.size()));
  return at < sorted.size() ? sorted[at] : HUGE_VAL;
}

void propose(const WordQuestion& question, const LabelExpandOptions& options,
             const RankedWords& lists, const AnswerWords& words, const std::string& note,
             std::vector<FoundWords>& found) {
  std::size_t longest = 0;
  for (const auto& list : lists) {
    if (list.empty()) return;
    longest = std::max(longest, list.size());
  }
  found.push_back({verbalizer_of(question.context.task.labels, lists, longest, words.texts,
                                 answer_combination(options.combination)),
                   note});
}

std::vector<FoundWords> find_words(const LabelExpandOptions& options, const LabelWords& listed,
                                   const WordQuestion& question) {
  const SearchContext& context = question.context;
  const AnswerWords words = answer_words(context.vocabulary, question.prompt.tmpl);
  RankedWords lists;
  for (const auto& of_label : listed) {
    auto& list = lists.emplace_back();
    for (const auto& word : of_label) {
      const auto at = std::find(words.texts.begin(), words.texts.end(), word);
      if (at != words.texts.end())
        list.push_back(static_cast<std::size_t>(at - words.texts.begin()));
    }
  }
  std::vector<FoundWords> found;
  propose(question, options, lists, words, "list", found);
  if (found.empty() || question.readings == nullptr || question.readings->size() == 0) return found;

  const MatrixXd p = words.columns(question.readings->log_p).array().exp();
  const VectorXd priors = p.colwise().mean().transpose();
  const double least = least_prior(priors, options.frequency);
  RankedWords refined;
  MatrixXd scores =
      MatrixXd::Constant(static_cast<Eigen::Index>(lists.size()), p.cols(), kUnscored);
  for (std::size_t label = 0; label < lists.size(); ++label) {
    auto& kept = refined.emplace_back();
    for (const std::size_t word : lists[label]) {
      const bool is_name = word == lists[label].front();  // never refined away, as in KPT
      if (!is_name && priors(static_cast<Eigen::Index>(word)) < least) continue;
      kept.push_back(word);
      const double relevance = relevance_of(p, word, label, lists);
      if (is_name || !options.relevance || relevance >= 1)
        scores(static_cast<Eigen::Index>(label), static_cast<Eigen::Index>(word)) = relevance;
    }
  }
  propose(question, options, refined, words, "refined by frequency", found);
  const RankedWords relevant = distinct_ranking(scores, words.size());
  propose(question, options, relevant, words, "refined by frequency and relevance", found);
  for (const std::size_t length : kLengths) {
    RankedWords cut = relevant;
    for (auto& list : cut) list.resize(std::min(length, list.size()));
    propose(question, options, cut, words, "most relevant " + std::to_string(length), found);
  }
  return found;
}

class LabelExpand : public LabelWordSearch {
 public:
  LabelExpand(const LabelExpandOptions& options, const SearchContext& context)
      : LabelWordSearch(options.common, context,
                        {.reads = WordMethod::Reads::texts,
                         .find = [options, listed = listed_words(options, context)](
                                     const WordQuestion& question) {
                           return find_words(options, listed, question);
                         }}) {}
};

const Registration<LabelExpand, LabelExpandOptions> kLabelExpand{
    "label_expand",
    "Refines word lists by what the LM says: frequency and relevance.",
    {OracleKind::slot, OracleKind::head}};

}  // namespace
}  // namespace prospect
