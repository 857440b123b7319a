// Mines templates from a corpus: what people write between a subject and an object that belong
// together, or between an input's words and a label's.
//
// Facts: the pairs are the support examples' subjects and objects. Other tasks have no pairs; there
// the content words of the inputs stand for the subject and the label words for the object.
// Source: Jiang et al. 2020 (LPAQA), sec. 3.1: middle words and dependency paths, ranked by
// frequency. The classification form is ours.
// Cost: one evaluation of the dev pool for each of `keep` templates; the scan is free of counted
// work. No oracle. A template that fails is recorded and skipped. Exhausted after one pass.

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "core/error.h"
#include "core/text.h"
#include "search/detail/room.h"
#include "search/detail/trigger_space.h"
#include "search/mining/miner.h"
#include "search/mining/stop_words.h"
#include "search/registry.h"

namespace prospect {
namespace {

// Shorter words are mostly parts of names and numbers.
constexpr std::size_t kLeastLetters = 3;

struct MiningStrategyOptions {
  MiningOptions mining;
  std::string closing = " .";
};

void describe(OptionVisitor& visit, MiningStrategyOptions& options) {
  describe(visit, options.mining);
  visit("closing", options.closing, "What a template ends with.");
}

// The words of an input that may link it to a label.
std::set<std::string> content_words(const Example& example) {
  std::set<std::string> words;
  for (const auto& [name, text] : example.fields) {
    for (const auto& range : split_words(text)) {
      std::string word = lower(range.of(text));
      if (code_points(word) >= kLeastLetters && holds_word(word) && !is_stop_word(word))
        words.insert(std::move(word));
    }
  }
  return words;
}

std::vector<GroupedPair> pairs_of(const SearchContext& context, const Verbalizer& verbalizer) {
  std::set<std::pair<std::string, std::string>> pairs;
  for (const auto& example : context.task.support) {
    if (example.label < 0) continue;
    if (context.task.kind == TaskKind::facts) {
      pairs.emplace(example.fields.at(context.task.fields.front()), example.gold);
      continue;
    }
    const auto& label = verbalizer.labels.at(static_cast<std::size_t>(example.label));
    for (const auto& word : content_words(example))
      for (const auto& answer : label.answers)
        if (const std::string text = lower(trim(answer.text)); text != word)
          pairs.emplace(word, text);
  }
  std::vector<GroupedPair> grouped;
  for (const auto& [subject, object] : pairs) grouped.push_back({{subject, object}, 0});
  return grouped;
}

class MiningStrategy : public Strategy {
 public:
  MiningStrategy(const MiningStrategyOptions& options, SearchContext context)
      : options_(options), context_(std::move(context)) {
    if (options_.mining.letter_case == "auto")
      options_.mining.letter_case = context_.task.kind == TaskKind::facts ? "exact" : "any";
    check_mining(options_.mining, context_.providers, context_.folder);
  }

  Ask ask(const Room& room) override {
    Ask ask;
    if (room.cost <= 0) return ask;  // nothing could be scored: the corpus waits
    if (!std::exchange(is_mined_, true)) phrases_ = mine_phrases();
    const Verbalizer verbalizer = default_verbalizer(context_);
    std::int64_t left = room.cost;
    for (std::size_t i = next_; i < phrases_.size(); ++i) {
      const MinedPhrase& phrase = phrases_[i];
      Candidate candidate{
          phrase_template(phrase.text, options_.closing, context_.task.fields), verbalizer, {}};
      Proposal proposal{std::move(candidate), Pool::dev, {}, {{}, note_of(phrase)}};
      const std::int64_t cost = proposal_cost(proposal, context_);
      if (cost > left) break;
      left -= cost;
      ask.proposals.push_back(std::move(proposal));
    }
    return ask;
  }

  void tell(std::span<const Trial> trials) override { next_ += trials.size(); }

  State save() const override {
    Json phrases = Json::array();
    for (const auto& phrase : phrases_)
      phrases.push_back({phrase.text, phrase.frequency, phrase.num_pairs});
    return {{{"mined", is_mined_}, {"next", next_}, {"phrases", std::move(phrases)}}, {}};
  }

  void restore(const State& state) override {
    std::vector<MinedPhrase> phrases;
    for (const auto& phrase : state.values.at("phrases"))
      phrases.push_back({phrase.at(0).get<std::string>(), phrase.at(1).get<std::int64_t>(),
                         phrase.at(2).get<std::int64_t>()});
    const bool is_mined = state.values.at("mined").get<bool>();
    next_ = state.values.at("next").get<std::size_t>();
    is_mined_ = is_mined;
    phrases_ = std::move(phrases);
  }

 private:
  std::vector<MinedPhrase> mine_phrases() const {
    const auto pairs = pairs_of(context_, default_verbalizer(context_));
    return std::move(
        mine(pairs, 1, options_.mining, context_.providers, context_.folder).groups.front());
  }

  static std::string note_of(const MinedPhrase& phrase) {
    return "mined: in " + std::to_string(phrase.frequency) + " sentences, of " +
           std::to_string(phrase.num_pairs) + " pairs";
  }

  MiningStrategyOptions options_;
  SearchContext context_;
  bool is_mined_ = false;
  std::vector<MinedPhrase> phrases_;
  std::size_t next_ = 0;
};

const Registration<MiningStrategy, MiningStrategyOptions> kMining{
    "mining", "Mines templates from a corpus: the words that link subjects and objects there."};

}  // namespace
}  // namespace prospect
