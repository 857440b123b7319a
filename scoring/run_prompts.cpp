#include "scoring/run_prompts.h"

namespace prospect {
namespace {

// Keeps the activations of an item within a few tens of megabytes for models of base size.
constexpr std::size_t kMostTokens = 18 * kBlockTokens;

}  // namespace

std::vector<std::size_t> lengths_of(std::span<const Prompt> prompts) {
  std::vector<std::size_t> lengths;
  lengths.reserve(prompts.size());
  for (const auto& prompt : prompts) lengths.push_back(prompt.ids.size());
  return lengths;
}

TokenBatch make_batch(std::span<const std::uint32_t> item, std::span<const Prompt> prompts,
                      std::span<const std::vector<std::uint32_t>> wanted) {
  TokenBatch batch;
  for (const std::uint32_t index : item)
    batch.add_row(prompts[index].ids, prompts[index].type_ids, wanted[index]);
  return batch;
}

void run_prompts(const PretrainedLM& lm, const WorkPool& pool, std::span<const Prompt> prompts,
                 std::span<const std::vector<std::uint32_t>> wanted,
                 const std::function<void(const PromptResults&)>& use) {
  const auto items = pack_rows(lengths_of(prompts), pool.num_threads(), kMostTokens);
  pool.run(items.size(), [&](std::size_t i) {
    const c10::InferenceMode guard;
    const TokenBatch batch = make_batch(items[i], prompts, wanted);
    use({items[i], lm.output_vectors(batch, lm.input_rows(batch))});
  });
}

}  // namespace prospect
