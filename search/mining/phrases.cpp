#include "search/mining/phrases.h"

#include <algorithm>
#include <deque>
#include <utility>
#include <vector>

#include "core/text.h"
#include "search/mining/stop_words.h"

namespace prospect {
namespace {

constexpr std::size_t kNone = SIZE_MAX;

// Gathers the words of a phrase, and says whether they make one.
class PhraseWords {
 public:
  explicit PhraseWords(const PhraseRules& rules) : rules_(rules) {}

  void add_slot(std::string_view slot) { append(slot); }
  void add_words(std::string_view text) {
    for (const auto& range : split_words(text)) {
      const std::string_view word = range.of(text);
      const std::string lowered = lower(word);
      append(rules_.lower ? std::string_view(lowered) : word);
      ++num_words_;
      has_content_ = has_content_ || (holds_word(lowered) && !is_stop_word(lowered));
    }
  }
  std::optional<std::string> phrase() const {
    if (!has_content_ || num_words_ > rules_.max_words) return std::nullopt;
    return phrase_;
  }

 private:
  void append(std::string_view token) {
    if (!phrase_.empty()) phrase_ += ' ';
    phrase_ += token;
  }

  PhraseRules rules_;
  std::string phrase_;
  std::size_t num_words_ = 0;
  bool has_content_ = false;
};

// The words of a stretch that holds both names, with slots for them.
std::optional<std::string> phrase_of(const PairMention& mention, TextRange span,
                                     const PhraseRules& rules) {
  const auto [first, second] = std::minmax(mention.subject, mention.object);
  const bool subject_first = first == mention.subject;
  const auto text = [&](std::size_t begin, std::size_t end) {
    return mention.sentence.substr(begin, end - begin);
  };
  PhraseWords words(rules);
  words.add_words(text(span.begin, first.begin));
  words.add_slot(subject_first ? kSubjectSlot : kObjectSlot);
  words.add_words(text(first.end, second.begin));
  words.add_slot(subject_first ? kObjectSlot : kSubjectSlot);
  words.add_words(text(second.end, span.end));
  return words.phrase();
}

// The words on a shortest path, in no order; empty where there is none.
std::vector<std::size_t> shortest_path(const SentenceParse& parse, std::size_t from,
                                       std::size_t to) {
  std::vector<std::vector<std::size_t>> neighbours(parse.words.size());
  for (const auto& link : parse.links) {
    neighbours[link.left].push_back(link.right);
    neighbours[link.right].push_back(link.left);
  }
  for (auto& list : neighbours) std::sort(list.begin(), list.end());
  std::vector<std::size_t> previous(parse.words.size(), kNone);
  previous[from] = from;
  for (std::deque<std::size_t> queue{from}; !queue.empty() && previous[to] == kNone;) {
    const std::size_t word = queue.front();
    queue.pop_front();
    for (const std::size_t next : neighbours[word]) {
      if (previous[next] != kNone) continue;
      previous[next] = word;
      queue.push_back(next);
    }
  }
  if (previous[to] == kNone) return {};
  std::vector<std::size_t> path{to};
  while (path.back() != from) path.push_back(previous[path.back()]);
  return path;
}

// The same between a mention's names, from left to right.
std::vector<TextRange> path_between(const PairMention& mention, const SentenceParse& parse) {
  const auto index_of = [&](const TextRange& name) {
    const auto place = std::find(parse.words.begin(), parse.words.end(), name);
    return place == parse.words.end() ? kNone
                                      : static_cast<std::size_t>(place - parse.words.begin());
  };
  const std::size_t subject = index_of(mention.subject), object = index_of(mention.object);
  if (subject == kNone || object == kNone) return {};
  std::vector<TextRange> path;
  for (const std::size_t word : shortest_path(parse, subject, object))
    path.push_back(parse.words[word]);
  std::sort(path.begin(), path.end());
  return path;
}

}  // namespace

std::optional<std::string> middle_phrase(const PairMention& mention, const PhraseRules& rules) {
  const auto [first, second] = std::minmax(mention.subject, mention.object);
  return phrase_of(mention, {first.begin, second.end}, rules);
}

bool is_too_long(const PairMention& mention, const PhraseRules& rules) {
  const auto [first, second] = std::minmax(mention.subject, mention.object);
  return split_words(mention.sentence.substr(first.end, second.begin - first.end)).size() >
         rules.max_words;
}

std::optional<std::string> dependency_phrase(const PairMention& mention, const SentenceParse& parse,
                                             const PhraseRules& rules) {
  const auto path = path_between(mention, parse);
  if (path.empty()) return std::nullopt;
  return phrase_of(mention, {path.front().begin, path.back().end}, rules);
}

std::optional<std::string> path_phrase(const PairMention& mention, const SentenceParse& parse,
                                       const PhraseRules& rules) {
  PhraseWords words(rules);
  for (const auto& word : path_between(mention, parse)) {
    if (word == mention.subject)
      words.add_slot(kSubjectSlot);
    else if (word == mention.object)
      words.add_slot(kObjectSlot);
    else
      words.add_words(word.of(mention.sentence));
  }
  return words.phrase();
}

Template phrase_template(const std::string& phrase, std::string_view closing,
                         std::span<const std::string> fields) {
  std::vector<Piece> pieces;
  for (const auto& token : split(phrase, ' ')) {
    if (!pieces.empty()) pieces.emplace_back(Literal{" "});
    if (token == kObjectSlot) {
      pieces.emplace_back(AnswerSlot{});
    } else if (token == kSubjectSlot) {
      for (std::size_t i = 0; i < fields.size(); ++i) {
        if (i > 0) pieces.emplace_back(Literal{" "});
        pieces.emplace_back(Field{fields[i], false, {}});
      }
    } else {
      pieces.emplace_back(Literal{token});
    }
  }
  pieces.emplace_back(Literal{std::string(closing)});
  return Template(std::move(pieces));
}

}  // namespace prospect
