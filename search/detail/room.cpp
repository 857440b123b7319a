#include "search/detail/room.h"

#include <algorithm>
#include <numeric>
#include <vector>

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

std::string pass_key(const Candidate& candidate, Pool pool) {
  std::string key(name_of(pool));
  for (const auto& id : candidate.demonstrations.example_ids) key += '\x1f' + id;
  if (!candidate.demonstrations.example_ids.empty())  // which show the label words
    key += to_json(candidate.verbalizer).dump();
  return key + '\x1e' + candidate.tmpl.text();
}

// The examples of a proposal that reads all its answers from one pass; none where it does not.
std::vector<ExampleIndex> shared_examples(const Proposal& proposal, const SearchContext& context) {
  const auto* candidate = std::get_if<Candidate>(&proposal.entry);
  if (candidate == nullptr || context.spec.rule != AnswerRule::single ||
      context.scorer.cost(*candidate, context.spec) != 1)
    return {};
  if (!proposal.examples.empty()) return proposal.examples;
  std::vector<ExampleIndex> all(context.task.pool(proposal.pool).size());
  std::iota(all.begin(), all.end(), ExampleIndex{0});
  return all;
}

}  // namespace

std::int64_t proposal_cost(const Proposal& proposal, const SearchContext& context) {
  const std::size_t num_examples = proposal.examples.empty()
                                       ? context.task.pool(proposal.pool).size()
                                       : proposal.examples.size();
  return static_cast<std::int64_t>(num_examples) * row_cost(proposal.entry, context);
}

std::set<ExampleIndex>& SharedPasses::of(const Candidate& candidate, Pool pool) {
  return passes_[pass_key(candidate, pool)];
}

std::int64_t AskCost::of(const Proposal& proposal) {
  const auto examples = shared_examples(proposal, context_);
  if (examples.empty()) return proposal_cost(proposal, context_);
  const auto& paid = passes_.of(std::get<Candidate>(proposal.entry), proposal.pool);
  return std::count_if(examples.begin(), examples.end(),
                       [&](ExampleIndex example) { return !paid.contains(example); });
}

std::int64_t AskCost::add(const Proposal& proposal) {
  const std::int64_t cost = of(proposal);
  const auto examples = shared_examples(proposal, context_);
  if (!examples.empty())
    passes_.of(std::get<Candidate>(proposal.entry), proposal.pool)
        .insert(examples.begin(), examples.end());
  return cost;
}

}  // namespace prospect
