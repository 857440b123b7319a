#include "search/detail/word_mutation.h"

namespace prospect {

std::int64_t mutate_words(std::vector<PromptUnit>& units, const Verbalizer& verbalizer,
                          const Infiller& infiller, std::int64_t most, Rng& rng) {
  std::int64_t cost = 0;
  const std::uint64_t count = 1 + rng.below(static_cast<std::uint64_t>(most));
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto words = phrase_indices(units);
    const std::uint64_t move = words.empty() ? 1 : rng.below(3);
    if (move == 2) {
      erase_unit(units, words[rng.below(words.size())]);
      continue;
    }
    cost += infiller.cost();
    if (move == 0) {
      const std::size_t place = words[rng.below(words.size())];
      if (auto word = infiller.refill(units, place, verbalizer, rng)) units[place].text = *word;
    } else {
      const std::size_t place = rng.below(units.size() + 1);
      if (auto word = infiller.new_word(units, place, verbalizer, rng))
        insert_unit(units, place, *word);
    }
  }
  return cost;
}

}  // namespace prospect
