#include "scoring/oracles/slot_prompts.h"

#include "core/error.h"
#include "scoring/pretrained_lm.h"

namespace prospect {

std::vector<std::vector<std::uint32_t>> SlotPrompts::wanted() const {
  std::vector<std::vector<std::uint32_t>> wanted;
  for (const std::uint32_t slot : slots) wanted.push_back({slot});
  return wanted;
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
    result.slots.push_back(filled.answer_slots.front());
    result.triggers.push_back(std::move(filled.trigger_slots));
    result.prompts.push_back({std::move(filled.ids), std::move(filled.type_ids)});
  }
  return result;
}

}  // namespace prospect
