#include "search/gradient/slot_question.h"

#include <utility>

#include "search/detail/label_questions.h"

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
  const auto& labels = candidate.verbalizer.labels;
  return mean_over_labels(oracle, examples, labels.size(), "fluent_top", [&](std::size_t label) {
    return slot_question(candidate, slot, labels[label].answers.front());
  });
}

}  // namespace prospect
