#include "scoring/answer_chains.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace prospect {
namespace {

// The open slots that a round reads: all, or the leftmost.
std::size_t num_reads(const AnswerChain& chain, AnswerRule rule) {
  return rule == AnswerRule::left_to_right ? std::min<std::size_t>(chain.open.size(), 1)
                                           : chain.open.size();
}

std::vector<Read> reads_of(std::span<const AnswerChain> chains, AnswerRule rule) {
  std::vector<Read> reads;
  for (const auto& chain : chains)
    for (std::size_t i = 0; i < num_reads(chain, rule); ++i)
      reads.push_back(
          {chain.open[i].prompt, chain.open[i].position, chain.open[i].needed, chain.rank});
  return reads;
}

// Takes a round's values, and fills what the rule fills.
// @return the slots that were filled.
std::vector<AnswerChain::Slot> advance(AnswerChain& chain, std::span<const ReadValue> values,
                                       AnswerRule rule) {
  if (chain.rank) chain.rank_value = values.front().rank;
  if (rule != AnswerRule::left_to_right && rule != AnswerRule::most_confident) {
    for (const auto& value : values) chain.log_p += value.value;
    return std::exchange(chain.open, {});
  }
  const auto best = std::max_element(  // the first of equal ones
      values.begin(), values.end(), [](const auto& a, const auto& b) { return a.value < b.value; });
  chain.log_p += best->value;
  const auto at = chain.open.begin() + (best - values.begin());
  const AnswerChain::Slot filled = *at;
  chain.open.erase(at);
  return {filled};
}

}  // namespace

void run_chains(const PretrainedLM& lm, const WorkPool& pool, const PromptSet& prompts,
                std::span<AnswerChain> chains, AnswerRule rule, ReadSpace space,
                Precision precision) {
  const PromptSet* present = &prompts;
  std::unique_ptr<PromptSet> owned;
  while (present->size() > 0) {
    const auto reads = reads_of(chains, rule);
    const auto values = read_slots(lm, pool, present->prompts(), reads, space, precision);

    auto next = std::make_unique<PromptSet>();
    std::span<const ReadValue> rest = values;
    for (auto& chain : chains) {
      const std::size_t count = num_reads(chain, rule);
      if (count == 0) continue;
      const auto filled = advance(chain, rest.first(count), rule);
      rest = rest.subspan(count);
      if (chain.open.empty()) continue;
      Prompt prompt = (*present)[chain.open.front().prompt];
      for (const auto& slot : filled) prompt.ids[slot.position] = slot.needed;
      const std::uint32_t index = next->add(std::move(prompt));
      for (auto& slot : chain.open) slot.prompt = index;
    }
    owned = std::move(next);
    present = owned.get();
  }
}

}  // namespace prospect
