#include "scoring/run_prompts.h"

namespace prospect {
void run_prompts(const PretrainedLM& lm, const WorkPool& pool, std::span<const Prompt> prompts,
                 std::span<const std::vector<std::uint32_t>> wanted,
                 const std::function<void(const PromptResults&)>& use, Precision precision,
                 PrefixReuse reuse) {
  const auto items = pack_prompts(lm, prompts, wanted, pool.num_threads(), kTokensPerItem, reuse);
  pool.run(items.size(), [&](std::size_t i) {
    const c10::InferenceMode guard;
    const TokenBatch batch = make_batch(lm, items[i], prompts, wanted, reuse);
    use({items[i], lm.output_vectors(batch, lm.input_rows(batch), precision)});
  });
}

}  // namespace prospect
