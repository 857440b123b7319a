#include "scoring/run_prompts.h"

#include <new>
#include <optional>
#include <string_view>

#include "core/error.h"

namespace prospect {
namespace {

// What the item's forward pass gives, or nothing where memory is too short for it.
std::optional<at::Tensor> try_vectors(const PretrainedLM& lm, const TokenBatch& batch,
                                      Precision precision) {
  try {
    return lm.output_vectors(batch, lm.input_rows(batch), precision);
  } catch (const std::bad_alloc&) {
    return std::nullopt;
  } catch (const c10::Error& error) {  // LibTorch has no type of its own for it
    if (std::string_view(error.what()).find("allocate memory") == std::string_view::npos) throw;
    return std::nullopt;
  }
}

}  // namespace

void run_prompts(const PretrainedLM& lm, const WorkPool& pool, std::span<const Prompt> prompts,
                 std::span<const std::vector<std::uint32_t>> wanted,
                 const std::function<void(const PromptResults&)>& use, Precision precision,
                 PrefixReuse reuse) {
  const auto items = pack_prompts(lm, prompts, wanted, pool.num_threads(), kTokensPerItem, reuse);
  // An item that is too large for the memory that is left is computed in halves: a prompt's numbers
  // are the same in every company.
  const std::function<void(std::span<const std::uint32_t>)> compute =
      [&](std::span<const std::uint32_t> item) {
        const TokenBatch batch = make_batch(lm, item, prompts, wanted, reuse);
        if (const auto vectors = try_vectors(lm, batch, precision)) return use({item, *vectors});
        if (item.size() == 1)
          fail(ErrorKind::io, "memory", "expected room for a forward pass of ",
               batch.ids.size() + batch.target_ids.size(),
               " tokens, found too little; close other programs or choose a smaller model");
        compute(item.first(item.size() / 2));
        compute(item.subspan(item.size() / 2));
      };
  pool.run(items.size(), [&](std::size_t i) {
    const c10::InferenceMode guard;
    compute(items[i]);
  });
}

}  // namespace prospect
