#pragma once

#include <optional>
#include <string>

#include "search/strategy.h"

namespace prospect {

/// What of the interface an ask breaks, in words for the strategy's author; nothing where it is
/// right.
///
/// A right ask proposes no two equal things. Each has one answer slot, no field that the task
/// lacks, text of valid UTF-8, token ids of the vocabulary, label words for the task's labels in
/// their order, and examples of its pool; together they cost at most `room`. Where the study may
/// race them
/// (`keep`), they cost less than all their examples, so only their number is bounded.
///
/// @param context  of the strategy. @param room  what is left after the oracles were paid.
std::optional<std::string> fault_of(const Ask& ask, const SearchContext& context, const Room& room);

}  // namespace prospect
