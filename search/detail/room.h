#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <unordered_map>

#include "search/strategy.h"

namespace prospect {

/// What scoring a proposal takes off the room: its examples times the cost of one.
/// A candidate that cannot be scored costs one forward for each example, like any other.
std::int64_t proposal_cost(const Proposal& proposal, const SearchContext& context);

/// What was paid for within one ask: passes of prompts over examples.
///
/// Where every answer is one token (`AnswerRule::single`) a pass over a prompt answers all
/// verbalizers, so proposals that differ in their label words alone share it: the first that asks
/// for an example is charged, the others are not.
class SharedPasses {
 public:
  /// The examples of a pool that a pass of the candidate's prompt was paid for.
  std::set<ExampleIndex>& of(const Candidate& candidate, Pool pool);

 private:
  std::unordered_map<std::string, std::set<ExampleIndex>> passes_;
};

/// What the proposals of one ask take off the room together: `proposal_cost` of each, less the
/// passes that they share.
class AskCost {
 public:
  /// @param context  outlives it.
  explicit AskCost(const SearchContext& context) : context_(context) {}

  /// What one more proposal would add.
  std::int64_t of(const Proposal& proposal);
  /// Adds it. @return what it added.
  std::int64_t add(const Proposal& proposal);

 private:
  const SearchContext& context_;
  SharedPasses passes_;
};

}  // namespace prospect
