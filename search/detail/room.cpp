#include "search/detail/room.h"

namespace prospect {
namespace {

std::int64_t row_cost(const Entry& entry, const SearchContext& context) {
  if (const auto* candidate = std::get_if<Candidate>(&entry))
    return context.scorer.cost(*candidate, context.spec);
  if (const auto* soft = std::get_if<SoftPrompt>(&entry))
    return context.scorer.cost(soft->frame, context.spec);
  std::int64_t cost = 0;
  for (const auto& member : std::get<Ensemble>(entry).members)
    cost += context.scorer.cost(member, context.spec);
  return cost;
}

}  // namespace

std::int64_t proposal_cost(const Proposal& proposal, const SearchContext& context) {
  const std::size_t num_examples = proposal.examples.empty()
                                       ? context.task.pool(proposal.pool).size()
                                       : proposal.examples.size();
  return static_cast<std::int64_t>(num_examples) * row_cost(proposal.entry, context);
}

}  // namespace prospect
