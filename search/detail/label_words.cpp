#include "search/detail/label_words.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/text.h"
#include "search/detail/prompt_units.h"

namespace prospect {
namespace {

void add_once(const std::string& word, std::vector<std::string>& words) {
  if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(word);
}

}  // namespace

bool is_label_word(const Vocabulary& vocabulary, TokenId id) {
  const TokenTraits traits = vocabulary.traits(id);
  return !traits.special && !traits.unused && !traits.whitespace && traits.typable &&
         traits.word_start && has_word_character(vocabulary.decode(std::span(&id, 1)));
}

LabelWords known_label_words(const SearchContext& context) {
  LabelWords words(context.task.labels.size());
  const auto add = [&](const Candidate& candidate) {
    const auto& labels = candidate.verbalizer.labels;
    for (std::size_t label = 0; label < std::min(labels.size(), words.size()); ++label)
      for (const auto& answer : labels[label].answers)
        if (answer.ids.empty()) add_once(answer.text, words[label]);
  };
  for (const auto& seed : context.seeds)
    if (const auto* candidate = std::get_if<Candidate>(&seed.entry)) add(*candidate);
  for (const auto& manual : context.task.manual) add(manual.candidate);
  return words;
}

void add_label_words(const std::string& written, const Task& task, const std::string& where,
                     LabelWords& words) {
  const std::size_t sign = written.find('=');
  const std::string label = written.substr(0, sign);
  const auto known = std::find(task.labels.begin(), task.labels.end(), label);
  if (sign == std::string::npos || known == task.labels.end())
    fail(ErrorKind::input, where, "expected \"LABEL=WORD|WORD\", found '", written, "'",
         suggestion(label, task.labels));
  for (const auto& word : split(written.substr(sign + 1), '|')) {
    if (word.empty())
      fail(ErrorKind::input, where, "expected words after '=', found an empty one in '", written,
           "'");
    add_once(word, words[static_cast<std::size_t>(known - task.labels.begin())]);
  }
}

bool change_label_word(const LabelWords& words, Verbalizer& verbalizer, Rng& rng) {
  auto& labels = verbalizer.labels;
  const std::size_t label = rng.below(labels.size());
  std::vector<std::string> others;
  for (const auto& word : words[label]) {
    const bool is_taken = std::any_of(labels.begin(), labels.end(), [&](const auto& taken) {
      return std::any_of(taken.answers.begin(), taken.answers.end(),
                         [&](const Answer& answer) { return answer.text == word; });
    });
    if (!is_taken) others.push_back(word);
  }
  if (others.empty()) return false;
  labels[label].answers = {{others[rng.below(others.size())], {}}};
  return true;
}

std::int64_t label_word_cost(const SearchContext& context) {
  return std::count_if(context.task.support.begin(), context.task.support.end(),
                       [](const Example& example) { return example.label >= 0; });
}

LabelWords proposed_label_words(const SearchContext& context, const Candidate& frame,
                                std::size_t most) {
  const std::size_t num_labels = context.task.labels.size();
  std::vector<VectorXf> means;  // geometric mean probabilities
  for (std::size_t label = 0; label < num_labels; ++label) {
    std::vector<Example> examples;
    for (const auto& example : context.task.support)
      if (example.label == static_cast<std::int32_t>(label)) examples.push_back(example);
    if (examples.empty()) {
      means.emplace_back();
      continue;
    }
    means.push_back(context.oracles.slot()
                        ->mean_over(frame, examples, SlotOracle::Space::log_probability)
                        .array()
                        .exp()
                        .matrix());
  }
  LabelWords words(num_labels);
  for (std::size_t label = 0; label < num_labels; ++label) {
    if (means[label].size() == 0) continue;
    VectorXf margin = means[label];
    for (Eigen::Index id = 0; id < margin.size(); ++id) {
      float best_other = 0;
      for (std::size_t other = 0; other < num_labels; ++other)
        if (other != label && means[other].size() > 0)
          best_other = std::max(best_other, means[other](id));
      margin(id) -= best_other;
    }
    TokenIds order;
    for (TokenId id = 0; id < static_cast<TokenId>(margin.size()); ++id)
      if (margin(id) > 0 && is_label_word(context.vocabulary, id)) order.push_back(id);
    std::stable_sort(order.begin(), order.end(),
                     [&](TokenId a, TokenId b) { return margin(a) > margin(b); });
    if (order.size() > most) order.resize(most);
    for (const TokenId id : order)
      add_once(std::string(trim(context.vocabulary.decode(std::span(&id, 1)))), words[label]);
  }
  return words;
}

}  // namespace prospect
