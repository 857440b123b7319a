#include "scoring/prompt_batches.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "scoring/work_pool.h"

namespace prospect {
namespace {

// Shared beginnings are whole multiples of this: shorter ones are not worth a row.
constexpr std::size_t kGrid = 16;

// How many first tokens of a prompt may be shared: whole chunks before the first wanted token.
std::size_t shareable(const PretrainedLM& lm, const Prompt& prompt,
                      const std::vector<std::uint32_t>& wanted) {
  if (wanted.empty() || !lm.shares_prefixes(prompt.ids.size())) return 0;
  return wanted.front() / kGrid * kGrid;
}

std::size_t common_tokens(const Prompt& a, const Prompt& b) {
  const auto [left, right] = std::mismatch(a.ids.begin(), a.ids.end(), b.ids.begin(), b.ids.end());
  return static_cast<std::size_t>(left - a.ids.begin());
}

std::vector<std::uint32_t> alphabetical(std::span<const Prompt> prompts) {
  std::vector<std::uint32_t> order(prompts.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(),
                   [&](auto a, auto b) { return prompts[a].ids < prompts[b].ids; });
  return order;
}

// Puts an item's prompts, which are in alphabetical order, into a batch: a row for every beginning
// that several share, and one for what is left of each.
class PrefixTree {
 public:
  PrefixTree(const PretrainedLM& lm, std::span<const std::uint32_t> item,
             std::span<const Prompt> prompts, std::span<const std::vector<std::uint32_t>> wanted)
      : item_(item), prompts_(prompts), wanted_(wanted) {
    for (const std::uint32_t index : item)
      limits_.push_back(shareable(lm, prompts[index], wanted[index]));
  }

  TokenBatch make() {
    grow(0, item_.size(), 0, -1);
    return std::move(batch_);
  }

 private:
  // The prompts [begin, end) have their first `depth` tokens in `parent`.
  void grow(std::size_t begin, std::size_t end, std::size_t depth, std::int32_t parent) {
    while (begin < end) {
      const Prompt& first = prompts_[item_[begin]];
      std::size_t next = begin, shared = limits_[begin];
      for (; next < end; ++next) {
        const std::size_t both =
            std::min({shared, limits_[next], common_tokens(first, prompts_[item_[next]])}) / kGrid *
            kGrid;
        if (both < depth + kGrid) break;
        shared = both;
      }
      if (next < begin + 2) {
        add(begin, depth, parent);
        ++begin;
        continue;
      }
      const auto ids = std::span(first.ids).subspan(depth, shared - depth);
      const auto types = std::span(first.type_ids).subspan(depth, shared - depth);
      const std::int32_t row = batch_.add_row(ids, types, {}, parent);
      grow(begin, next, shared, row);
      begin = next;
    }
  }

  void add(std::size_t at, std::size_t depth, std::int32_t parent) {
    const Prompt& prompt = prompts_[item_[at]];
    std::vector<std::uint32_t> positions;
    for (const std::uint32_t position : wanted_[item_[at]])
      positions.push_back(position - static_cast<std::uint32_t>(depth));
    batch_.add_row(std::span(prompt.ids).subspan(depth), std::span(prompt.type_ids).subspan(depth),
                   positions, parent);
  }

  std::span<const std::uint32_t> item_;
  std::span<const Prompt> prompts_;
  std::span<const std::vector<std::uint32_t>> wanted_;
  std::vector<std::size_t> limits_;
  TokenBatch batch_;
};

// Rows of equal sources are encoded once.
TokenBatch encoder_decoder_batch(std::span<const std::uint32_t> item,
                                 std::span<const Prompt> prompts,
                                 std::span<const std::vector<std::uint32_t>> wanted) {
  TokenBatch batch;
  std::map<std::vector<TokenId>, std::int32_t> rows;
  for (const std::uint32_t index : item) {
    const Prompt& prompt = prompts[index];
    auto at = rows.find(prompt.ids);
    if (at == rows.end())
      at = rows.emplace(prompt.ids, batch.add_row(prompt.ids, prompt.type_ids, {})).first;
    batch.add_target(at->second, prompt.target_ids, wanted[index]);
  }
  return batch;
}

}  // namespace

std::vector<std::vector<std::uint32_t>> pack_prompts(
    const PretrainedLM& lm, std::span<const Prompt> prompts,
    std::span<const std::vector<std::uint32_t>> wanted, std::size_t num_threads,
    std::size_t most_tokens, PrefixReuse reuse) {
  std::vector<std::size_t> lengths;
  for (const auto& prompt : prompts)
    lengths.push_back(prompt.ids.size() + prompt.target_ids.size());
  if (lm.kind() != ModelKind::causal_lm || reuse == PrefixReuse::off)
    return pack_rows(lengths, num_threads, most_tokens);

  const auto order = alphabetical(prompts);
  // What each prompt adds to those before it.
  std::vector<std::size_t> added;
  for (std::size_t i = 0; i < order.size(); ++i) {
    std::size_t shared = 0;
    if (i > 0)
      shared = std::min({common_tokens(prompts[order[i - 1]], prompts[order[i]]) / kGrid * kGrid,
                         shareable(lm, prompts[order[i - 1]], wanted[order[i - 1]]),
                         shareable(lm, prompts[order[i]], wanted[order[i]])});
    added.push_back(prompts[order[i]].ids.size() - shared);
  }
  std::size_t left = std::accumulate(added.begin(), added.end(), std::size_t{0});
  std::vector<std::vector<std::uint32_t>> items;
  std::size_t tokens = 0, budget = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (items.empty() || tokens + added[i] > budget) {
      items.emplace_back();
      budget = tokens_of_next_item(left, num_threads, most_tokens);
      tokens = lengths[order[i]];
    } else {
      tokens += added[i];
    }
    left -= added[i];
    items.back().push_back(order[i]);
  }
  return items;
}

TokenBatch make_batch(const PretrainedLM& lm, std::span<const std::uint32_t> item,
                      std::span<const Prompt> prompts,
                      std::span<const std::vector<std::uint32_t>> wanted, PrefixReuse reuse) {
  if (lm.kind() == ModelKind::seq2seq_lm) return encoder_decoder_batch(item, prompts, wanted);
  if (lm.kind() == ModelKind::causal_lm && reuse == PrefixReuse::on)
    return PrefixTree(lm, item, prompts, wanted).make();
  TokenBatch batch;
  for (const std::uint32_t index : item)
    batch.add_row(prompts[index].ids, prompts[index].type_ids, wanted[index]);
  return batch;
}

}  // namespace prospect
