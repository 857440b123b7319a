// AutoPrompt's label-word search [shin2020, sec. 3.2]: a logistic regression from the vector behind
// the answer slot to the label, and the words whose output rows it gives to a label most surely.
//
// Step one fits p(label | vector) on the support examples, the LM frozen; step two reads the same
// probe at every word's output row, and keeps the best words of each label. Here the words of the
// first 1, 2, .. `words` are all proposed, from all words and from those that the LM holds likely.
// Cost of a prompt: the support examples and dev once. Oracles: slot, and the head, whose rows cost
// nothing. Exhausted after the last prompt. Differences: docs/strategies/label_probe.md.

#include <utility>

#include "core/log_space.h"
#include "search/answers/probe.h"
#include "search/label_word_search.h"
#include "search/registry.h"

namespace prospect {
namespace {

struct LabelProbeOptions {
  LabelWordOptions common;
  std::int64_t words = 5;
  std::int64_t likely = 1000;
  double decay = 0.01;
  std::int64_t steps = 300;
};

void describe(OptionVisitor& visit, LabelProbeOptions& options) {
  describe(visit, options.common);
  visit("words", options.words, "Most words for each label.", between<std::int64_t>(1, 400));
  visit("likely", options.likely,
        "Also propose words of those that the LM holds likeliest for the label, so many; 0 for the "
        "paper's words of the whole vocabulary alone.",
        at_least<std::int64_t>(0));
  visit("decay", options.decay, "Weight decay of the probe.", at_least(0.0));
  visit("steps", options.steps, "Steps of the probe's fit.", between<std::int64_t>(1, 1'000'000));
}

// log p(label | output row of word). [K, W] The rows are met through the head alone: what the
// probe's weights give above what nothing gives.
MatrixXd probe_scores(const LinearProbe& probe, HeadOracle& head, const AnswerWords& words) {
  MatrixXf vectors = MatrixXf::Zero(probe.weights.rows() + 1, probe.weights.cols());
  vectors.topRows(probe.weights.rows()) = probe.weights.cast<float>();
  MatrixXd scores = words.columns(head.logits(vectors));  // [K + 1, W]
  const Eigen::RowVectorXd nothing = scores.row(scores.rows() - 1);
  scores.conservativeResize(scores.rows() - 1, Eigen::NoChange);
  scores.rowwise() -= nothing;
  scores.colwise() += probe.bias;
  for (Eigen::Index w = 0; w < scores.cols(); ++w) {
    VectorXd column = scores.col(w);
    log_normalise({column.data(), static_cast<std::size_t>(column.size())});
    scores.col(w) = column;
  }
  return scores;
}

std::vector<FoundWords> find_words(const LabelProbeOptions& options, const WordQuestion& question) {
  const SearchContext& context = question.context;
  const auto& labels = context.task.labels;
  const AnswerWords words = answer_words(context.vocabulary, question.prompt.tmpl);
  const SlotReadings& readings = *question.readings;
  const LinearProbe probe =
      fit_probe(readings.vectors, readings.labels, labels.size(), options.decay, options.steps);
  MatrixXd scores = probe_scores(probe, *context.oracles.head(), words);
  const auto most = static_cast<std::size_t>(options.words);
  const auto propose = [&](const std::string& note) {
    return nested_verbalizers(labels, distinct_ranking(scores, most), most, words.texts,
                              AnswerCombination::sum, note);
  };
  std::vector<FoundWords> found = propose("probe");
  if (options.likely == 0) return found;
  const RankedWords likely =
      ranking(label_means(words.columns(readings.log_p), readings.labels, labels.size()),
              static_cast<std::size_t>(options.likely));
  scores = scores_within(scores, likely);
  for (auto& words_found : propose("probe among likely words"))
    found.push_back(std::move(words_found));
  return found;
}

class LabelProbe : public LabelWordSearch {
 public:
  LabelProbe(const LabelProbeOptions& options, SearchContext context)
      : LabelWordSearch(
            options.common, std::move(context),
            {.reads = WordMethod::Reads::labelled, .find = [options](const WordQuestion& question) {
               return find_words(options, question);
             }}) {}
};

const Registration<LabelProbe, LabelProbeOptions> kLabelProbe{
    "label_probe",
    "Reads label words off a logistic regression at the answer slot.",
    {OracleKind::slot, OracleKind::head}};

}  // namespace
}  // namespace prospect
