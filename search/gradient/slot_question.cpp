#include "search/gradient/slot_question.h"

#include <map>
#include <utility>

#include "core/error.h"

namespace prospect {

Candidate slot_question(const Candidate& candidate, std::size_t slot, const Answer& answer) {
  std::vector<Piece> pieces;
  std::size_t first = 0;  // slot number of the piece's first trigger
  for (const auto& piece : candidate.tmpl.pieces()) {
    if (std::holds_alternative<AnswerSlot>(piece)) {
      pieces.push_back(as_piece(answer));
      continue;
    }
    const auto* triggers = std::get_if<TriggerSlots>(&piece);
    if (triggers == nullptr) {
      pieces.push_back(piece);
      continue;
    }
    const auto& ids = triggers->ids;
    if (slot < first || slot >= first + ids.size()) {
      pieces.push_back(piece);
    } else {
      const auto at = ids.begin() + static_cast<std::ptrdiff_t>(slot - first);
      pieces.push_back(TriggerSlots{{ids.begin(), at}});
      pieces.push_back(AnswerSlot{});
      pieces.push_back(TriggerSlots{{at + 1, ids.end()}});
    }
    first += ids.size();
  }
  Candidate question = candidate;
  question.tmpl = Template(std::move(pieces));
  return question;
}

VectorXf slot_log_p(const Candidate& candidate, std::span<const Example> examples, std::size_t slot,
                    SlotOracle& oracle) {
  std::map<std::int32_t, std::vector<Example>> by_label;
  for (const auto& example : examples) by_label[example.label].push_back(example);
  VectorXf sum;
  for (const auto& [label, group] : by_label) {
    if (label < 0 || static_cast<std::size_t>(label) >= candidate.verbalizer.labels.size())
      fail(ErrorKind::input, "fluent_top", "expected examples with a label, found ", label);
    const auto& answers = candidate.verbalizer.labels[static_cast<std::size_t>(label)].answers;
    const VectorXf mean = oracle.mean_over(slot_question(candidate, slot, answers.front()), group,
                                           SlotOracle::Space::log_probability) *
                          static_cast<float>(group.size());
    if (sum.size() == 0)
      sum = mean;
    else
      sum += mean;
  }
  return sum / static_cast<float>(examples.size());
}

}  // namespace prospect
