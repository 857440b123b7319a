#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/json.h"
#include "experiments/leaderboard.h"
#include "scoring/model.h"

namespace prospect {

/// Which points no other point beats: one that is at least as good everywhere and better somewhere.
/// Equal points do not beat each other.
/// @param points  each with the same number of objectives, higher is better; NaN is worst.
/// @return        indices, ascending.
std::vector<std::size_t> pareto_front(std::span<const std::vector<double>> points);

/// The text of a prompt alone: literals and tokens as they are read, without fields and mask.
std::string prompt_text(const Template& as_text);

/// An entry that no other one of its comparable group beats in metric, fluency, length and cost at
/// once.
struct ParetoRow {
  const LeaderboardRow* row = nullptr;
  std::optional<double> fluency;  ///< Mean log-probability of a token of its text, in nats.
};

/// How natural the text of an entry is; nothing where there is no text.
using Fluency = std::function<std::optional<double>(const LeaderboardRow&)>;
/// By the model's likelihood oracle: exact for a causal LM, the pseudo-log-likelihood of a masked
/// one. @throws Error (unsupported) when called, for a model that gives no likelihoods.
Fluency fluency_by(Model& model);

/// The front of each group, in the order of the leaderboard.
/// @param fluency  empty: left out of the objectives.
std::vector<ParetoRow> pareto_rows(const Leaderboard& board, const Fluency& fluency);

Json to_json(const ParetoRow& row);
std::string write_markdown(std::span<const ParetoRow> rows);

}  // namespace prospect
