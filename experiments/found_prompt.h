#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/calibration.h"
#include "core/candidate.h"
#include "core/json.h"
#include "core/scorer.h"
#include "core/task.h"
#include "core/vocabulary.h"
#include "experiments/leaderboard.h"

namespace prospect {

/// A prompt that a search has found, with all that is needed to use it elsewhere: what `export --to
/// json` writes and `apply` reads.
struct FoundPrompt {
  Candidate candidate;              ///< Without `{demos}`: demonstrations stand in it as text.
  std::string text;                 ///< The template as text.
  bool text_safe = true;            ///< Whether the text gives the tokens that were scored.
  std::vector<std::string> fields;  ///< Of the task, in its order.
  std::string task, model, model_fingerprint;
  ScoringSpec scoring;
  Calibration calibration = Calibration::none;
  Json scores;  ///< `{"metric", "dev", "test"}` as on the leaderboard.
  Json origin;  ///< `{"strategy", "rank", "split_seed", "seed", "trial"}`.
};

/// @param task  of the row's split, for its fields and demonstrations.
/// @param home  the vocabulary that token ids are of; null where it is not at hand: then a template
///              with ids keeps them in its text too.
FoundPrompt found_prompt(const LeaderboardRow& row, const Task& task, const Vocabulary* home);

/// `{"prospect_prompt": 1, "template", "text", "text_safe", "verbalizer", ...}`.
Json to_json(const FoundPrompt& prompt);
/// @throws Error (input) at the place of the fault, (unsupported) for a newer version.
FoundPrompt found_prompt_from_json(const JsonReader& reader);

/// The candidate for a model: as it was scored where the weights are those it was found for, else
/// with its tokens as text.
/// @throws Error (unsupported) when its text does not give its tokens.
Candidate candidate_for(const FoundPrompt& prompt, const std::string& model_fingerprint);

}  // namespace prospect
