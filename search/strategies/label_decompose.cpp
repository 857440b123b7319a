// Label decomposition [liu2021, sec. 5.2.2]: a label's name is split into its words, and a label is
// as probable as all of them together: `city_of_death` answers with "city" and "death".
//
// The words' log-probabilities are averaged at the one answer slot, which is their sum as far as
// labels of different length can be compared; their sum of probabilities, the first word and the
// last are proposed beside it. A word of several tokens gives its tokens.
// Cost of a prompt: the dev pool once. No oracle, and no labelled example. Exhausted after the last
// prompt. A label of whose name nothing is left is refused.

#include <algorithm>
#include <cctype>
#include <utility>

#include "core/error.h"
#include "core/text.h"
#include "search/label_word_search.h"
#include "search/registry.h"

namespace prospect {
namespace {

struct LabelDecomposeOptions {
  LabelWordOptions common;
  std::vector<std::string> leave_out = {"of", "in",  "at", "to", "for", "by",  "the",  "a",
                                        "an", "and", "or", "on", "per", "org", "misc", "with"};
  std::vector<std::string> also;
};

void describe(OptionVisitor& visit, LabelDecomposeOptions& options) {
  describe_prompts(visit, options.common);
  visit("leave_out", options.leave_out, "Words of label names that say nothing.");
  visit("also", options.also,
        "Words that a part of a name stands for, each as \"per=person\"; they are never left out.");
}

// Runs of letters and digits, cut also where a capital follows a small letter or a digit.
std::vector<std::string> name_parts(const std::string& name) {
  std::vector<std::string> parts(1);
  bool was_small = false;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_part = byte >= 0x80 || std::isalnum(byte) != 0;
    if ((!is_part || (was_small && std::isupper(byte) != 0)) && !parts.back().empty())
      parts.emplace_back();
    if (is_part) parts.back() += c;
    was_small = std::islower(byte) != 0 || std::isdigit(byte) != 0;
  }
  if (parts.back().empty()) parts.pop_back();
  for (auto& part : parts) part = lower(part);
  return parts;
}

std::vector<std::string> words_of_name(const LabelDecomposeOptions& options,
                                       const std::string& name) {
  std::vector<std::string> words;
  for (auto& part : name_parts(name)) {
    bool is_replaced = false;
    for (const auto& row : options.also) {
      const std::size_t sign = row.find('=');
      if (sign == std::string::npos)
        fail(ErrorKind::input, "option 'also'", "expected \"PART=WORD\", found '", row, "'");
      if (row.substr(0, sign) != part) continue;
      words.push_back(row.substr(sign + 1));
      is_replaced = true;
    }
    const auto& none = options.leave_out;
    if (!is_replaced && std::find(none.begin(), none.end(), part) == none.end())
      words.push_back(std::move(part));
  }
  if (words.empty())
    fail(ErrorKind::input, "label '" + name + "'",
         "expected a name with words to split it into, found none that is not left out");
  return words;
}

std::vector<Answer> answers_of(const std::string& word, const WordQuestion& question) {
  const auto ids = question.context.vocabulary.encode_answer(question.prompt.tmpl, {word, {}});
  if (ids.size() <= 1) return {{word, {}}};
  std::vector<Answer> answers;
  for (const TokenId id : ids) answers.push_back({question.context.vocabulary.token(id), {id}});
  return answers;
}

// For each label, the words of its name.
using NameWords = std::vector<std::vector<std::string>>;

NameWords words_of_names(const LabelDecomposeOptions& options, const Task& task) {
  NameWords names;
  for (const auto& label : task.labels) names.push_back(words_of_name(options, label));
  return names;
}

std::vector<FoundWords> find_words(const NameWords& names, const WordQuestion& question) {
  const auto& labels = question.context.task.labels;
  Verbalizer all, first, last;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const std::string& label = labels[i];
    const auto& words = names[i];
    LabelAnswers answers{label, {}};
    for (const auto& word : words)
      for (auto& answer : answers_of(word, question)) answers.answers.push_back(std::move(answer));
    all.labels.push_back(std::move(answers));
    first.labels.push_back({label, answers_of(words.front(), question)});
    last.labels.push_back({label, answers_of(words.back(), question)});
  }
  all.combination = first.combination = last.combination = AnswerCombination::mean;
  std::vector<FoundWords> found{{all, "words of the name, mean log-probability"}};
  all.combination = AnswerCombination::sum;
  found.push_back({std::move(all), "words of the name, summed probability"});
  found.push_back({std::move(first), "first word of the name"});
  found.push_back({std::move(last), "last word of the name"});
  return found;
}

class LabelDecompose : public LabelWordSearch {
 public:
  LabelDecompose(const LabelDecomposeOptions& options, const SearchContext& context)
      : LabelWordSearch(
            options.common, context,
            {.reads = WordMethod::Reads::nothing,
             .find = [names = words_of_names(options, context.task)](const WordQuestion& question) {
               return find_words(names, question);
             }}) {}
};

const Registration<LabelDecompose, LabelDecomposeOptions> kLabelDecompose{
    "label_decompose", "Splits each label's name into the words that answer for it."};

}  // namespace
}  // namespace prospect
