// Answer paraphrasing [jiang2021; liu2021, sec. 5.2.2]: a label word is joined by words of the same
// meaning, and their probabilities are summed.
//
// The paraphrases of a word are those of a thesaurus file, or else what the frozen LM writes into
// patterns such as "{word} or {mask}", by the mean log-probability over the patterns. A paraphrase
// goes to the label that it suits best. Verbalizers with 1, 2, .. `paraphrases` more words a label
// are all proposed.
// Cost of a prompt: without a file a forward for each word and pattern; the dev pool once. Oracle:
// head. No labelled example. Exhausted after the last prompt.

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include "core/error.h"
#include "core/files.h"
#include "core/text.h"
#include "search/detail/scored.h"
#include "search/label_word_search.h"
#include "search/registry.h"

namespace prospect {
namespace {

struct LabelParaphraseOptions {
  LabelWordOptions common;
  std::int64_t paraphrases = 5;
  std::string thesaurus;
  std::vector<std::string> patterns = {"{word} or {mask}.", "{word}, that is, {mask}.",
                                       "It is {word} and {mask}.",
                                       "another word for {word} is {mask}."};
};

void describe(OptionVisitor& visit, LabelParaphraseOptions& options) {
  describe_prompts(visit, options.common);
  visit("paraphrases", options.paraphrases, "Most words added to each label.",
        between<std::int64_t>(1, 1000));
  visit("thesaurus", options.thesaurus,
        "A file with lines \"word: synonym, synonym\", in place of the LM.");
  visit("patterns", options.patterns,
        "Texts with {word} and {mask} that the LM reads paraphrases from.");
}

using SynonymTable = std::map<std::string, std::vector<std::string>>;

SynonymTable read_thesaurus(const std::filesystem::path& path) {
  SynonymTable thesaurus;
  std::size_t number = 0;
  for (const auto& line : split(read_text_file(path), '\n')) {
    ++number;
    const std::string_view text = trim(line);
    if (text.empty() || text.front() == '#') continue;
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos)
      fail(ErrorKind::input, path.string() + ":" + std::to_string(number),
           "expected \"word: synonym, synonym\", found '", text, "'");
    auto& words = thesaurus[std::string(trim(text.substr(0, colon)))];
    for (const auto& word : split(text.substr(colon + 1), ','))
      if (!trim(word).empty()) words.emplace_back(trim(word));
  }
  if (thesaurus.empty())
    fail(ErrorKind::input, path.string(), "expected lines of synonyms, found none");
  return thesaurus;
}

Template written_pattern(const std::string& pattern, const std::string& word) {
  std::string escaped;
  for (const char c : word) escaped += c == '{' ? "{{" : c == '}' ? "}}" : std::string(1, c);
  constexpr std::string_view kWord = "{word}";
  const std::size_t at = pattern.find(kWord);
  if (at == std::string::npos)
    fail(ErrorKind::input, "option 'patterns'", "expected {word} in a pattern, found '", pattern,
         "'");
  return Template::parse(pattern.substr(0, at) + escaped + pattern.substr(at + kWord.size()),
                         {.fields = std::vector<std::string>{}}, "option 'patterns'");
}

// The texts of the words that a label comes with; answers of token ids alone have none.
std::vector<std::vector<std::string>> own_words(const Verbalizer& verbalizer) {
  std::vector<std::vector<std::string>> words;
  for (const auto& label : verbalizer.labels) {
    auto& own = words.emplace_back();
    for (const auto& answer : label.answers)
      if (answer.ids.empty() && !answer.text.empty()) own.push_back(answer.text);
  }
  return words;
}

std::int64_t num_patterns_written(const LabelParaphraseOptions& options,
                                  const WordQuestion& question) {
  if (!options.thesaurus.empty()) return 0;
  std::size_t count = 0;
  for (const auto& words : own_words(question.prompt.verbalizer)) count += words.size();
  return static_cast<std::int64_t>(count * options.patterns.size());
}

// What the LM holds to say the same as a label's words: the mean log-probability over patterns of
// the likeliest of its words. [K, W]
MatrixXd lm_scores(const LabelParaphraseOptions& options, const WordQuestion& question,
                   const AnswerWords& words) {
  const auto own = own_words(question.prompt.verbalizer);
  MatrixXd scores = MatrixXd::Constant(static_cast<Eigen::Index>(own.size()),
                                       static_cast<Eigen::Index>(words.size()), kUnscored);
  for (std::size_t label = 0; label < own.size(); ++label) {
    for (const auto& word : own[label]) {
      std::vector<Template> texts;
      for (const auto& pattern : options.patterns) texts.push_back(written_pattern(pattern, word));
      HeadOracle& head = *question.context.oracles.head();
      MatrixXd rows = words.columns(log_softmax(head.logits(head.vectors(texts))));
      const auto row = static_cast<Eigen::Index>(label);
      scores.row(row) = scores.row(row).cwiseMax(rows.colwise().mean());
    }
  }
  return scores;
}

// The file's order: the first synonym of a word before its second.
MatrixXd file_scores(const SynonymTable& thesaurus, const WordQuestion& question,
                     const AnswerWords& words) {
  const auto own = own_words(question.prompt.verbalizer);
  MatrixXd scores = MatrixXd::Constant(static_cast<Eigen::Index>(own.size()),
                                       static_cast<Eigen::Index>(words.size()), kUnscored);
  for (std::size_t label = 0; label < own.size(); ++label)
    for (const auto& word : own[label]) {
      const auto entry = thesaurus.find(word);
      if (entry == thesaurus.end()) continue;
      for (std::size_t i = 0; i < entry->second.size(); ++i) {
        const auto at = std::find(words.texts.begin(), words.texts.end(), entry->second[i]);
        if (at == words.texts.end()) continue;  // not one token here
        double& score = scores(static_cast<Eigen::Index>(label), at - words.texts.begin());
        score = std::max(score, -static_cast<double>(i));
      }
    }
  return scores;
}

std::vector<FoundWords> find_words(const LabelParaphraseOptions& options,
                                   const SynonymTable& thesaurus, const WordQuestion& question) {
  const AnswerWords words = answer_words(question.context.vocabulary, question.prompt.tmpl);
  MatrixXd scores = options.thesaurus.empty() ? lm_scores(options, question, words)
                                              : file_scores(thesaurus, question, words);
  for (const auto& own : own_words(question.prompt.verbalizer))
    for (const auto& word : own) {
      const auto at = std::find(words.texts.begin(), words.texts.end(), word);
      if (at != words.texts.end()) scores.col(at - words.texts.begin()).setConstant(kUnscored);
    }
  const auto most = static_cast<std::size_t>(options.paraphrases);
  const RankedWords ranked = distinct_ranking(scores, most);
  std::vector<FoundWords> found;
  for (std::size_t count = 1; count <= most; ++count) {
    Verbalizer verbalizer = question.prompt.verbalizer;
    verbalizer.combination = AnswerCombination::sum;
    bool has_more = false;
    for (std::size_t label = 0; label < verbalizer.labels.size(); ++label) {
      has_more = has_more || ranked[label].size() >= count;
      for (std::size_t i = 0; i < std::min(count, ranked[label].size()); ++i)
        verbalizer.labels[label].answers.push_back({words.texts[ranked[label][i]], {}});
    }
    if (!has_more) break;
    found.push_back({std::move(verbalizer), std::to_string(count) + " paraphrases"});
  }
  return found;
}

// The thesaurus file; without one the patterns are checked.
SynonymTable synonyms(const LabelParaphraseOptions& options, const SearchContext& context) {
  if (!options.thesaurus.empty())
    return read_thesaurus(std::filesystem::path(context.folder) / options.thesaurus);
  for (const auto& pattern : options.patterns) {
    if (written_pattern(pattern, "word").num_answer_slots() != 1)
      fail(ErrorKind::input, "option 'patterns'", "expected one {mask} in a pattern, found '",
           pattern, "'");
  }
  if (options.patterns.empty())
    fail(ErrorKind::input, "option 'patterns'", "expected patterns or a thesaurus, found neither");
  return {};
}

class LabelParaphrase : public LabelWordSearch {
 public:
  LabelParaphrase(const LabelParaphraseOptions& options, const SearchContext& context)
      : LabelWordSearch(
            options.common, context,
            {.reads = WordMethod::Reads::nothing,
             .cost =
                 [options](const WordQuestion& question) {
                   return num_patterns_written(options, question);
                 },
             .find =
                 [options, thesaurus = synonyms(options, context)](const WordQuestion& question) {
                   return find_words(options, thesaurus, question);
                 }}) {}
};

const Registration<LabelParaphrase, LabelParaphraseOptions> kLabelParaphrase{
    "label_paraphrase", "Adds words of the same meaning to each label's own.", {OracleKind::head}};

}  // namespace
}  // namespace prospect
