#pragma once

#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/json.h"
#include "search/strategy.h"

namespace prospect {

/// The score of what has none: worse than every number.
inline constexpr double kUnscored = -std::numeric_limits<double>::infinity();

/// A candidate with the trial that scored it, as a search remembers it.
struct Scored {
  Candidate candidate;
  TrialId trial = 0;
  double value = kUnscored;           ///< Minus infinity where there is no score, or it is NaN.
  double log_likelihood = kUnscored;  ///< As `value`.
  std::string
      right{};  ///< Per example '1' where the answer was right, else '0'; empty unless asked.
};

/// @param context  where given, `right` is filled from the trial's outcome.
Scored scored_by(const Trial& trial, const SearchContext* context = nullptr);

/// Whether `a` ranks before `b`: by value, then by log-likelihood. Equal scores are not better, so
/// that the earlier one stays.
bool better(const Scored& a, const Scored& b);

/// JSON has no infinity: a missing score is null.
Json score_to_json(double score);
double score_from_json(const Json& json);

Json to_json(const Scored& scored);
/// @throws nlohmann's exception where the JSON is another thing.
Scored scored_from_json(const Json& json);

/// Several, in order.
Json to_json(std::span<const Scored> all);
std::vector<Scored> all_scored_from_json(const Json& json);
/// One, or null for none.
Json to_json(const std::optional<Scored>& scored);
std::optional<Scored> optional_scored_from_json(const Json& json);

/// A trial's examples, in the order of its outcome.
std::vector<Example> examples_of(const Outcome& outcome, const Task& task);

/// How a trial's labels came out. The trial is scored, on a labelled pool.
Judgement judgement_of(const Trial& trial, const Task& task);

}  // namespace prospect
