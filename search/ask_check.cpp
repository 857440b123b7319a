#include "search/ask_check.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "core/text.h"
#include "search/detail/room.h"

namespace prospect {
namespace {

using Fault = std::optional<std::string>;

// Proposals that cost nothing, since they share another's passes.
constexpr std::int64_t kMostSharing = 1000;

Fault fault_of_ids(std::span<const TokenId> ids, TokenId least, std::size_t size,
                   const std::string& where) {
  for (const TokenId id : ids)
    if (id < least || (id >= 0 && static_cast<std::size_t>(id) >= size))
      return "expected token ids below " + std::to_string(size) + " in " + where + ", found " +
             std::to_string(id);
  return std::nullopt;
}

Fault fault_of_template(const Template& tmpl, const SearchContext& context) {
  const std::string text = tmpl.text();
  if (invalid_utf8(text)) return "expected a template of valid UTF-8, found '" + text + "'";
  const std::string where = "'" + text + "'";
  if (tmpl.num_answer_slots() != 1)
    return "expected one {mask} in a template, found " + std::to_string(tmpl.num_answer_slots()) +
           " in " + where;
  const auto& known = context.task.fields;
  for (const auto& field : tmpl.fields())
    if (std::find(known.begin(), known.end(), field) == known.end())
      return "expected fields of the task (" + join(known, ", ") + "), found {" + field + "} in " +
             where;
  for (const auto& piece : tmpl.pieces()) {
    Fault fault;
    if (const auto* slots = std::get_if<TriggerSlots>(&piece))
      fault = fault_of_ids(slots->ids, kUnsetToken, context.vocabulary.size(), where);
    else if (const auto* fixed = std::get_if<FixedTokens>(&piece))
      fault = fault_of_ids(fixed->ids, 0, context.vocabulary.size(), where);
    if (fault) return fault;
  }
  return std::nullopt;
}

Fault fault_of_verbalizer(const Verbalizer& verbalizer, const SearchContext& context) {
  std::vector<std::string> labels;
  for (const auto& label : verbalizer.labels) labels.push_back(label.label);
  if (labels != context.task.labels)
    return "expected label words for the task's labels in their order (" +
           join(context.task.labels, ", ") + "), found them for (" + join(labels, ", ") + ")";
  for (const auto& label : verbalizer.labels) {
    if (label.answers.empty())
      return "expected at least one label word for '" + label.label + "', found none";
    for (const auto& answer : label.answers) {
      if (invalid_utf8(answer.text))
        return "expected label words of valid UTF-8, found '" + answer.text + "'";
      if (auto fault = fault_of_ids(answer.ids, 0, context.vocabulary.size(),
                                    "the label words of '" + label.label + "'"))
        return fault;
    }
  }
  return std::nullopt;
}

Fault fault_of_candidate(const Candidate& candidate, const SearchContext& context) {
  auto fault = fault_of_template(candidate.tmpl, context);
  return fault ? fault : fault_of_verbalizer(candidate.verbalizer, context);
}

Fault fault_of_entry(const Entry& entry, const SearchContext& context) {
  if (const auto* candidate = std::get_if<Candidate>(&entry))
    return fault_of_candidate(*candidate, context);
  if (const auto* soft = std::get_if<SoftPrompt>(&entry))
    return fault_of_candidate(soft->frame, context);
  const auto& ensemble = std::get<Ensemble>(entry);
  if (ensemble.members.empty() || ensemble.members.size() != ensemble.weights.size())
    return "expected an ensemble with a weight for each member, found " +
           std::to_string(ensemble.members.size()) + " members and " +
           std::to_string(ensemble.weights.size()) + " weights";
  double sum = 0;
  for (const double weight : ensemble.weights) sum += weight < 0 ? std::nan("") : weight;
  if (!(sum > 0) || !std::isfinite(sum))
    return "expected weights of at least 0, and one above, found others";
  for (const auto& member : ensemble.members)
    if (auto fault = fault_of_candidate(member, context)) return fault;
  return std::nullopt;
}

// A soft prompt comes with its vectors, and only it.
Fault fault_of_vectors(const Proposal& proposal) {
  const auto* soft = std::get_if<SoftPrompt>(&proposal.entry);
  if (soft == nullptr)
    return proposal.vectors.size() == 0
               ? Fault()
               : "expected vectors with a soft prompt alone, found them with another entry";
  const auto num_slots = static_cast<Eigen::Index>(soft->frame.tmpl.triggers().size());
  if (num_slots == 0 || proposal.vectors.rows() != num_slots)
    return "expected a vector for each of at least one trigger slot, found " +
           std::to_string(proposal.vectors.rows()) + " for " + std::to_string(num_slots);
  if (!proposal.vectors.allFinite()) return "expected vectors of finite numbers, found others";
  if (blob_id_of(proposal.vectors) != soft->vectors)
    return "expected a soft prompt that names its vectors (blob_id_of), found another name";
  return std::nullopt;
}

Fault fault_of_examples(const Proposal& proposal, const SearchContext& context) {
  const std::size_t size = context.task.pool(proposal.pool).size();
  for (const ExampleIndex example : proposal.examples)
    if (example >= size)
      return "expected examples below " + std::to_string(size) + " of the pool '" +
             std::string(name_of(proposal.pool)) + "', found " + std::to_string(example);
  return std::nullopt;
}

// Equal for equal proposals.
std::string key_of(const Proposal& proposal) {
  return std::string(name_of(proposal.pool)) + Json(proposal.examples).dump() +
         dump_json(to_json(proposal.entry));
}

}  // namespace

std::optional<std::string> fault_of(const Ask& ask, const SearchContext& context,
                                    const Room& room) {
  // Before all else: what is endless is not looked through.
  if (static_cast<std::int64_t>(ask.proposals.size()) >
      std::max<std::int64_t>(room.cost, 0) + kMostSharing)
    return "expected proposals that fit into the room (" + std::to_string(room.cost) + "), found " +
           std::to_string(ask.proposals.size()) + " proposals";
  std::set<std::string> seen;
  std::int64_t cost = 0;
  AskCost costs(context);
  for (const auto& proposal : ask.proposals) {
    auto fault = fault_of_entry(proposal.entry, context);
    if (!fault) fault = fault_of_vectors(proposal);
    if (!fault) fault = fault_of_examples(proposal, context);
    if (fault) return fault;
    cost += costs.add(proposal);
    if (ask.keep == 0 && cost > room.cost)
      return "expected proposals that fit into the room (" + std::to_string(room.cost) +
             "), found proposals that cost " + std::to_string(cost) + " or more";
    if (!seen.insert(key_of(proposal)).second)
      return "expected no two equal proposals in an ask, found one twice: " +
             dump_json(to_json(proposal.entry));
  }
  return std::nullopt;
}

}  // namespace prospect
