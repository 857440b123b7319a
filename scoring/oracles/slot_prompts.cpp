#include "scoring/oracles/slot_prompts.h"

#include <algorithm>

#include "core/error.h"
#include "scoring/pretrained_lm.h"
#include "scoring/run_prompts.h"

namespace prospect {

std::vector<std::vector<std::uint32_t>> SlotPrompts::wanted() const {
  std::vector<std::vector<std::uint32_t>> wanted;
  for (const std::uint32_t slot : slots) wanted.push_back({slot});
  return wanted;
}

std::vector<TokenId> target_start(const PretrainedLM& lm, const Vocabulary& vocabulary) {
  std::vector<TokenId> ids{static_cast<TokenId>(lm.description().start_id)};
  if (const auto sentinel = vocabulary.sentinel(0)) ids.push_back(*sentinel);
  return ids;
}

std::string slot_fault(const Filled& filled, const PretrainedLM& lm) {
  const auto& slots = filled.answer_slots;
  const bool at_start = std::find(slots.begin(), slots.end(), 0U) != slots.end();
  return lm.kind() == ModelKind::causal_lm && at_start
             ? "expected text before the answer, which a causal LM predicts from it"
             : "";
}

SlotPrompt slot_prompt(Filled filled, const PretrainedLM& lm, const Vocabulary& vocabulary) {
  if (const std::string fault = slot_fault(filled, lm); !fault.empty())
    fail(ErrorKind::input, "template", fault);
  SlotPrompt result{{std::move(filled.ids), std::move(filled.type_ids)},
                    std::move(filled.answer_slots),
                    std::nullopt};
  if (lm.kind() == ModelKind::causal_lm) {
    for (auto& position : result.positions) --position;
  } else if (lm.kind() == ModelKind::seq2seq_lm) {
    result.prompt.target_ids = target_start(lm, vocabulary);
    const auto last = static_cast<std::uint32_t>(result.prompt.target_ids.size() - 1);
    result.positions.assign(result.positions.size(), last);
  }
  return result;
}

SlotPrompts fill_slots(const Candidate& candidate, std::span<const Example> examples,
                       const Vocabulary& vocabulary, const PretrainedLM& lm) {
  SlotPrompts result;
  for (const auto& example : examples) {
    Filled filled = vocabulary.fill(candidate.tmpl, example);
    std::string reason;
    if (filled.failure)
      reason = filled.failure->reason;
    else if (filled.answer_slots.size() != 1)
      reason = "expected one answer slot, found " + std::to_string(filled.answer_slots.size());
    else
      reason = lm.fault_of(filled.ids, filled.type_ids);
    if (!reason.empty())
      fail(ErrorKind::input, "template", "'", candidate.tmpl.text(),
           "' cannot be filled with example '", example.id, "': ", reason);
    result.triggers.push_back(filled.trigger_slots);
    SlotPrompt slot = slot_prompt(std::move(filled), lm, vocabulary);
    result.slots.push_back(slot.positions.front());
    result.prompts.push_back(std::move(slot.prompt));
  }
  return result;
}

MatrixXf slot_vectors(const SlotPrompts& filled, const PretrainedLM& lm, const WorkPool& pool) {
  MatrixXf vectors(static_cast<std::ptrdiff_t>(filled.size()), lm.vector_size());
  run_prompts(lm, pool, filled.prompts, filled.wanted(), [&](const PromptResults& results) {
    const std::int64_t size = results.vectors.size(1);
    const float* row = results.vectors.data_ptr<float>();
    for (const std::uint32_t prompt : results.prompts) {
      vectors.row(prompt) = Eigen::Map<const Eigen::RowVectorXf>(row, size);
      row += size;
    }
  });
  return vectors;
}

}  // namespace prospect
