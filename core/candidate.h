#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "core/json.h"
#include "core/template.h"

namespace prospect {

/// What may fill the answer slot: a token, span or sentence. The text decides, unless ids are
/// given (label words found by a search over token ids).
struct Answer {
  std::string text;
  std::vector<TokenId> ids;
  bool operator==(const Answer&) const = default;
};

/// How the probabilities of several answers of one label become the label's.
enum class AnswerCombination {
  sum,   ///< Their sum (AutoPrompt, PET's many-to-one mapping).
  mean,  ///< The mean of their log-probabilities (KPT).
  max,   ///< The largest.
};

/// A label's answers, at least one.
struct LabelAnswers {
  std::string label;
  std::vector<Answer> answers;
  bool operator==(const LabelAnswers&) const = default;
};

/// The map from labels to answers; one entry for each label of the task, in the task's order.
struct Verbalizer {
  std::vector<LabelAnswers> labels;
  AnswerCombination combination = AnswerCombination::sum;
  bool operator==(const Verbalizer&) const = default;
};

/// The answers of all labels, one after the other: the columns that a scorer fills.
std::vector<Answer> flatten(const Verbalizer& verbalizer);

/// Answered examples that stand in the prompt: the ids of support examples, in order.
struct Demonstrations {
  std::vector<std::string> example_ids;
  bool operator==(const Demonstrations&) const = default;
};

/// What is proposed and scored: a template, its label words, and demonstrations if any.
struct Candidate {
  Template tmpl;
  Verbalizer verbalizer;
  Demonstrations demonstrations;
  bool operator==(const Candidate&) const = default;
};

/// How the members of an ensemble are mixed.
enum class Combiner { linear, log_linear, vote };

/// Several candidates that answer together. Its outcome is a function of its members' outcomes.
struct Ensemble {
  std::vector<Candidate> members;
  std::vector<double> weights;
  Combiner combiner = Combiner::linear;
  bool operator==(const Ensemble&) const = default;
};

/// Names a block of floats in the run store.
using BlobId = std::int64_t;

/// A continuous prompt: vectors at the trigger slots of a frame.
struct SoftPrompt {
  Candidate frame;
  BlobId vectors = 0;
  bool operator==(const SoftPrompt&) const = default;
};

/// What strategies propose and a leaderboard row shows.
using Entry = std::variant<Candidate, Ensemble, SoftPrompt>;

/// An answer as a part of a prompt: its tokens where it has any, else its text.
Piece as_piece(const Answer& answer);

/// `{"negative": ["terrible"], ...}`; an answer with ids is `{"text": "...", "ids": [..]}`.
Json to_json(const Verbalizer& verbalizer);
/// Reads what `to_json` writes.
/// @param labels  the task's labels; every one must have an answer, and no other may stand.
/// @throws Error (input) at the place of the fault.
Verbalizer verbalizer_from_json(const JsonReader& reader, const std::vector<std::string>& labels);

/// `{"template", "verbalizer", "combination", "demonstrations"}`; read back by
/// `candidate_from_json`.
Json to_json(const Candidate& candidate);
Candidate candidate_from_json(const JsonReader& reader);

/// As for a candidate, with `"kind"`: candidate, ensemble or soft.
Json to_json(const Entry& entry);
Entry entry_from_json(const JsonReader& reader);

}  // namespace prospect
