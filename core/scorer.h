#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/candidate.h"
#include "core/json.h"
#include "core/task.h"
#include "core/vocabulary.h"

namespace prospect {

/// How an answer of several tokens gets one log-probability from a masked LM. A causal LM or an
/// encoder-decoder sums the log-probabilities of each token given those before it, under
/// `left_to_right`, and takes one token alone under `single`.
enum class AnswerRule {
  single,          ///< Only one-token answers; any other is a failure.
  parallel,        ///< As many masks as tokens, all read from one forward pass.
  left_to_right,   ///< The masks are filled from left to right, one pass each.
  most_confident,  ///< The surest mask is filled first (PET, Schick and Schuetze 2021).
  within_word,     ///< Each token with the rest of its word masked and all else written
                   ///< (Kauf and Ivanova 2023).
};

/// What a causal LM does with text behind the answer.
enum class Tail {
  score,  ///< It belongs to each answer: answer and text are summed.
  drop,   ///< It is cut off.
};

/// What a sequence's log-probability is divided by.
enum class LengthNorm { sum, tokens, characters, bytes };

enum class Precision { float32, bfloat16, automatic };

/// How numbers are made of a model's outputs: part of every result's identity.
struct ScoringSpec {
  AnswerRule rule = AnswerRule::single;
  LengthNorm norm = LengthNorm::sum;
  AnswerSpace space = AnswerSpace::labels;
  Precision precision = Precision::float32;
  Tail tail = Tail::score;
  bool operator==(const ScoringSpec&) const = default;
};

std::string_view name_of(AnswerRule rule);
std::string_view name_of(LengthNorm norm);
std::string_view name_of(AnswerSpace space);
std::string_view name_of(Precision precision);
std::string_view name_of(Tail tail);

/// `{"rule", "norm", "space", "precision", "tail"}`.
Json to_json(const ScoringSpec& spec);
/// Reads what `to_json` writes; absent keys keep the value of `defaults`. A `"calibration"` beside
/// them is passed over: it changes no row (see `core/calibration.h`).
/// @throws Error (input) for an unknown key or value.
ScoringSpec scoring_spec_from_json(const JsonReader& reader, ScoringSpec defaults = {});

/// One cell to score, by index into the request's candidates and examples.
struct Row {
  std::uint32_t candidate = 0, example = 0;
};

/// Ragged work: any rows, in any order.
struct ScoreRequest {
  std::span<const Candidate> candidates;  ///< Without `{demos}`: see `with_demonstrations`.
  std::span<const Example> examples;
  std::span<const Answer> answers;  ///< Empty: each candidate's own; else these for every row.
  std::span<const Row> rows;
  ScoringSpec spec;
};

struct ScoredToken {
  TokenId id = 0;
  double log_p = 0;
};

/// What the language model said about one row.
struct RowOutcome {
  /// One per answer, in nats, after the length norm: normalised over the answers where the space
  /// is `labels`, else over the whole vocabulary.
  std::vector<double> log_p;
  double coverage = 0;                ///< The answers' share of the vocabulary's mass; NaN unknown.
  std::int32_t gold_rank = 0;         ///< Of `Example::gold` in the vocabulary, from 1; 0 unknown.
  std::int32_t truncated_tokens = 0;  ///< What was cut from the fields to make the prompt fit.
  std::int32_t num_forwards = 1;      ///< What the row costs, in counted work.
  std::optional<Failure> failure;     ///< Then there is no number.
};

/// Evaluates candidates on examples with a frozen language model. A cached, distributed or toy
/// scorer is a scorer too.
class Scorer {
 public:
  virtual ~Scorer() = default;

  /// One outcome for each row, in order. A row's numbers do not depend on the other rows, on their
  /// order or on the number of threads, bit for bit. A row that cannot be scored carries a failure.
  virtual std::vector<RowOutcome> score(const ScoreRequest& request) = 0;

  /// What scoring one (candidate, example) counts against a budget: 1 for a one-token answer, else
  /// the number of forward passes. Known before the work is done.
  virtual std::int64_t cost(const Candidate& candidate, const ScoringSpec& spec) const = 0;
};

}  // namespace prospect
