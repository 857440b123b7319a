#include "scoring/run_prompts.h"

namespace prospect {
namespace {

// Keeps the activations of an item within a few tens of megabytes for models of base size.
constexpr std::size_t kMostTokens = 18 * kBlockTokens;

}  // namespace

void run_prompts(const PretrainedLM& lm, const WorkPool& pool, std::span<const Prompt> prompts,
                 std::span<const std::vector<std::uint32_t>> wanted,
                 const std::function<void(const PromptResults&)>& use, PrefixReuse reuse) {
  const auto items = pack_prompts(lm, prompts, wanted, pool.num_threads(), kMostTokens, reuse);
  pool.run(items.size(), [&](std::size_t i) {
    const c10::InferenceMode guard;
    const TokenBatch batch = make_batch(lm, items[i], prompts, wanted, reuse);
    use({items[i], lm.output_vectors(batch, lm.input_rows(batch))});
  });
}

}  // namespace prospect
