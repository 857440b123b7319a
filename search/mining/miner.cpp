#include "search/mining/miner.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "core/error.h"
#include "core/text.h"

namespace prospect {
namespace {

// Sentences that wait for the parser: enough to keep all cores busy, few enough to hold.
constexpr std::size_t kParseBatch = 2048;

bool wants(const MiningOptions& options, std::string_view kind) {
  return std::find(options.kinds.begin(), options.kinds.end(), kind) != options.kinds.end();
}

// Counts what mentions give, a batch of them at a time where their sentences are parsed.
class Counter {
 public:
  Counter(std::span<const GroupedPair> pairs, std::size_t num_groups, const MiningOptions& options,
          std::unique_ptr<DependencyParser> parser)
      : pairs_(pairs),
        rules_{static_cast<std::size_t>(options.max_words), options.lower},
        has_middle_(wants(options, "middle")),
        has_dependency_(wants(options, "dependency")),
        has_path_(wants(options, "path")),
        parser_(std::move(parser)),
        counts_(num_groups) {}

  void add(const PairMention& mention) {
    if (parser_ == nullptr) {
      count(mention, middle_phrase(mention, rules_));
      return;
    }
    if (!has_path_ && is_too_long(mention, rules_)) return;  // parsing it would be for nothing
    // A sentence is parsed once for a pair, around its first mention.
    const bool is_first = waiting_.empty() || waiting_.back().mention.number != mention.number ||
                          waiting_.back().mention.pair != mention.pair;
    if (is_first && waiting_.size() >= kParseBatch) parse_waiting();
    waiting_.push_back({mention, std::string(mention.sentence), is_first});
  }

  MinedPhrases finish(const ScanReport& scan, const MiningOptions& options) {
    if (parser_ != nullptr) parse_waiting();
    mined_.scan = scan;
    for (const auto& group : counts_)
      mined_.groups.push_back(
          group.most_frequent(static_cast<std::size_t>(options.keep), options.min_frequency));
    return std::move(mined_);
  }

 private:
  struct Waiting {
    PairMention mention;  // its sentence is gone
    std::string sentence;
    bool is_first;
  };

  void count(const PairMention& mention, const std::optional<std::string>& phrase) {
    if (phrase) counts_[pairs_[mention.pair].group].add(*phrase, mention.pair, mention.number);
  }

  void parse_waiting() {
    std::vector<ParseRequest> requests;
    for (auto& [mention, sentence, is_first] : waiting_) {
      mention.sentence = sentence;
      const auto [first, second] = std::minmax(mention.subject, mention.object);
      if (is_first) requests.push_back({sentence, {first, second}});
    }
    const auto parses = parser_->parse(requests);
    auto parse = parses.begin();
    for (const auto& [mention, sentence, is_first] : waiting_) {
      if (has_middle_) count(mention, middle_phrase(mention, rules_));
      if (!is_first) continue;
      ++(parse->words.empty() ? mined_.num_unparsed : mined_.num_parsed);
      if (has_dependency_) count(mention, dependency_phrase(mention, *parse, rules_));
      if (has_path_) count(mention, path_phrase(mention, *parse, rules_));
      ++parse;
    }
    waiting_.clear();
  }

  std::span<const GroupedPair> pairs_;
  PhraseRules rules_;
  bool has_middle_, has_dependency_, has_path_;
  std::unique_ptr<DependencyParser> parser_;
  std::vector<PhraseCounts> counts_;
  std::vector<Waiting> waiting_;
  MinedPhrases mined_;
};

std::unique_ptr<DependencyParser> parser_for(const MiningOptions& options,
                                             const Providers& providers,
                                             const std::filesystem::path& folder) {
  if (!wants(options, "dependency") && !wants(options, "path")) return nullptr;
  if (providers.parsers == nullptr)
    fail(ErrorKind::unsupported, "kinds",
         "expected a parser for dependency paths, found none here");
  return options.parses.empty() ? providers.parsers->english()
                                : providers.parsers->stored(folder / options.parses);
}

}  // namespace

void describe(OptionVisitor& visit, MiningOptions& options) {
  visit("corpus", options.corpus,
        "Text with one sentence a line, plain or packed with xz; relative to the experiment file.");
  visit("kinds", options.kinds,
        "What becomes a template: the words between the names (middle), those that the shortest "
        "dependency path spans (dependency), those that stand on it (path).");
  visit("parses", options.parses,
        "Parses of the corpus as CoNLL-U; without them Link Grammar parses sentences with a pair.");
  visit("letter_case", options.letter_case,
        "Names as they are written (exact), in any case (any), or what suits the task (auto).",
        {"auto", "exact", "any"});
  visit("keep", options.keep, "Templates kept, the most frequent ones.",
        between<std::int64_t>(1, 100'000));
  visit("max_words", options.max_words, "Longer phrases are dropped; the names do not count.",
        between<std::int64_t>(1, 100));
  visit("min_frequency", options.min_frequency, "Rarer phrases are dropped.",
        at_least<std::int64_t>(1));
  visit("lower", options.lower, "Put mined text in lower case.");
}

void check_mining(const MiningOptions& options, const Providers& providers,
                  const std::filesystem::path& folder) {
  if (options.kinds.empty())
    fail(ErrorKind::input, "kinds", "expected middle, dependency or path, found none");
  const std::vector<std::string> known{"middle", "dependency", "path"};
  for (const auto& kind : options.kinds)
    if (std::find(known.begin(), known.end(), kind) == known.end())
      fail(ErrorKind::input, "kinds", "unknown kind '", kind, "'", suggestion(kind, known));
  if (providers.scanner == nullptr)
    fail(ErrorKind::unsupported, "corpus", "expected a scanner of corpora, found none here");
  providers.scanner->check(options.corpus.empty() ? "" : folder / options.corpus);
}

MinedPhrases mine(std::span<const GroupedPair> pairs, std::size_t num_groups,
                  const MiningOptions& options, const Providers& providers,
                  const std::filesystem::path& folder) {
  check_mining(options, providers, folder);
  Counter counter(pairs, num_groups, options, parser_for(options, providers, folder));
  std::vector<NamePair> names;
  for (const auto& pair : pairs) names.push_back(pair.names);
  const auto letter_case = options.letter_case == "any" ? LetterCase::any : LetterCase::exact;
  const ScanReport scan =
      providers.scanner->scan(folder / options.corpus, names, letter_case,
                              [&](const PairMention& mention) { counter.add(mention); });
  return counter.finish(scan, options);
}

}  // namespace prospect
