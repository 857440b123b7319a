#include "search/mining/phrase_counts.h"

#include <algorithm>
#include <tuple>

namespace prospect {

void PhraseCounts::add(const std::string& phrase, std::size_t pair, std::size_t sentence) {
  Count& count = counts_[phrase];
  if (count.frequency > 0 && count.last_pair == pair && count.last_sentence == sentence) return;
  count.last_pair = pair;
  count.last_sentence = sentence;
  ++count.frequency;
  count.pairs.insert(pair);
}

std::vector<MinedPhrase> PhraseCounts::most_frequent(std::size_t keep, std::int64_t least) const {
  std::vector<MinedPhrase> phrases;
  for (const auto& [text, count] : counts_)
    if (count.frequency >= least)
      phrases.push_back({text, count.frequency, static_cast<std::int64_t>(count.pairs.size())});
  const auto key = [](const MinedPhrase& phrase) {
    return std::tuple(-phrase.frequency, -phrase.num_pairs,
                      std::count(phrase.text.begin(), phrase.text.end(), ' '), phrase.text);
  };
  std::sort(phrases.begin(), phrases.end(),
            [&](const MinedPhrase& a, const MinedPhrase& b) { return key(a) < key(b); });
  if (phrases.size() > keep) phrases.resize(keep);
  return phrases;
}

}  // namespace prospect
