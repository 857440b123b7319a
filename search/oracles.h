#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/candidate.h"
#include "core/matrix.h"
#include "core/scorer.h"
#include "core/task.h"
#include "core/vocabulary.h"

namespace prospect {

using TokenIds = std::vector<TokenId>;
/// For each token id, whether it may be chosen. [V]
using TokenMask = std::vector<bool>;

/// What a search by gradient makes small.
enum class LossKind {
  label_likelihood,  ///< -log of the summed probability of the gold label's answers, over the whole
                     ///< vocabulary (AutoPrompt).
  label_contrast,    ///< The same, normalised over the labels: what tells them apart.
  label_margin,      ///< log-probability of the best wrong label minus that of the gold one.
  trigger_fluency,   ///< Mean of -log p of each trigger token: given all before it, or, of a masked
                     ///< LM, each masked in turn. The label does not matter.
};

struct Loss {
  LossKind kind = LossKind::label_likelihood;
  /// How an answer of several tokens is read, as in scoring. Under `most_confident` all its masks
  /// are read at once, as in PET's training (Schick and Schuetze 2021, sec. 3.3): which mask is the
  /// surest has no gradient.
  ScoringSpec spec = {};
  /// Above 0, the losses of answer tokens and then of examples are combined as
  /// (1/a) log mean exp(a loss) with this a (nanoGCG; here of log-probabilities); 0 is their mean,
  /// and the sum over an answer's tokens.
  double mellowmax = 0;
};

/// The gradient of the mean loss with respect to the input embeddings at the trigger slots.
struct Gradient {
  MatrixXf at_slots;         ///< [S, D], S trigger slots.
  std::vector<double> loss;  ///< One per example, in nats.
};

/// Tokens with a score each, best first.
struct Shortlist {
  TokenIds ids;
  std::vector<float> scores;
};

enum class Similarity { cosine, euclidean };

/// Gradients through the frozen language model.
class GradientOracle {
 public:
  virtual ~GradientOracle() = default;

  /// Forwards, each with its backward, that one example takes.
  virtual std::int64_t num_forwards([[maybe_unused]] const Candidate& candidate,
                                    [[maybe_unused]] const Loss& loss) const {
    return 1;
  }

  /// The gradient at the candidate's trigger tokens (mask tokens where none is set), with respect
  /// to rows of the input embedding matrix. Every example counts the same.
  virtual Gradient at_tokens(const Candidate& candidate, std::span<const Example> examples,
                             const Loss& loss) = 0;
  /// As `at_tokens`, with free vectors [S, D] in place of the triggers' embedding rows.
  virtual Gradient at_vectors(const Candidate& candidate, const MatrixXf& vectors,
                              std::span<const Example> examples, const Loss& loss) = 0;
  /// For each slot the `k` allowed tokens whose swap lowers the loss most, by first-order
  /// approximation: the largest -(E . g), largest first; equal scores give the lower id first.
  virtual std::vector<Shortlist> shortlist(const MatrixXf& gradient, const TokenMask& allowed,
                                           std::size_t k) = 0;
  /// For each row the token whose embedding is most similar; equal scores give the lower id.
  virtual TokenIds nearest(const MatrixXf& vectors, const TokenMask& allowed,
                           Similarity similarity) = 0;
  /// Rows of the input embedding matrix. [ids.size(), D]
  virtual MatrixXf embeddings(std::span<const TokenId> ids) = 0;
};

/// What the model says at the answer slot, before any verbalizer.
class SlotOracle {
 public:
  enum class Space { logit, log_probability };
  virtual ~SlotOracle() = default;

  /// Mean over the examples, for every token. [V]
  virtual VectorXf mean_over(const Candidate& candidate, std::span<const Example> examples,
                             Space space) = 0;
  /// The vector that the output rows are multiplied with (after the head's transform). [R, D]
  virtual MatrixXf hidden(const Candidate& candidate, std::span<const Example> examples) = 0;
};

/// One training example of a shared beam: the texts around two places to be filled, with its right
/// answer between the places.
struct GenerationContext {
  std::string before, answer, after;
};

/// What is written at the two places so far.
struct Infill {
  TokenIds before, after;  ///< The answer.
  /// Whether the next token stands behind the answer.
  bool is_behind = false;
  /// Tokens still to be written at each place, the next one included; where the length is fixed.
  std::int64_t open_before = 0, open_after = 0;
  bool operator==(const Infill&) const = default;
};

/// How a kind of language model fills the two places.
enum class InfillKind {
  open_ended,    ///< An encoder-decoder writes one after the other and says when each ends.
  fixed_length,  ///< A masked LM fills as many masks as there are, from left to right.
  before_answer  ///< A causal LM writes the first alone, and the answer is what must follow.
};

/// What may come next, on average over contexts.
struct Continuation {
  Shortlist tokens;  ///< Scores are log-probabilities.
  /// The log-probability that the place ends here (`open_ended`), or that the answer follows
  /// (`before_answer`); NaN where the length is fixed.
  double end_log_p = 0;
};

/// Next-token scores averaged over contexts (LM-BFF's shared beam).
/// Source: Gao, Fisch and Chen 2021, sec. 5.2.
class GenerationOracle {
 public:
  /// What is averaged: log-probabilities (the paper's sum over examples), or logits, which are
  /// normalised afterwards (the published code).
  enum class Mean { log_probability, logit };
  virtual ~GenerationOracle() = default;

  virtual InfillKind kind() const = 0;
  /// Of the tokens that are written: of the searched model, or of a helper.
  virtual const Vocabulary& vocabulary() const = 0;

  /// For each infill the `top` tokens that continue it best. One forward for each context and
  /// infill. Contexts that are too long are cut at the end of their texts.
  /// @throws Error (input) where an infill leaves no room for a context.
  virtual std::vector<Continuation> next(std::span<const GenerationContext> contexts,
                                         std::span<const Infill> infills, Mean mean,
                                         std::size_t top) = 0;
};

/// What a pseudo-log-likelihood hides from a masked LM that is asked for a token.
enum class PseudoMasking {
  token,         ///< That token alone (Salazar et al. 2020).
  rest_of_word,  ///< And the later tokens of its word, which would give a rare word away (Kauf and
                 ///< Ivanova 2023: within-word left-to-right).
};

/// Log-likelihood of texts: exact for a causal LM, pseudo-log-likelihood for a masked one.
class LikelihoodOracle {
 public:
  virtual ~LikelihoodOracle() = default;
  /// @param masking  of a masked LM; a causal one reads past it.
  virtual std::vector<double> log_p(std::span<const std::string> texts, PseudoMasking masking) = 0;
  std::vector<double> log_p(std::span<const std::string> texts) {
    return log_p(texts, PseudoMasking::token);
  }
  /// The tokens of a text whose log-probabilities are summed.
  virtual std::int64_t num_tokens(const std::string& text) const = 0;
  /// The counted work of a text.
  virtual std::int64_t cost(const std::string& text) const = 0;
};

/// A text with the same meaning, and how likely a translator finds the way there and back.
struct Paraphrase {
  std::string text;
  double forward_log_p = 0, backward_log_p = 0;  ///< Means over tokens, in nats.
};

class ParaphraseOracle {
 public:
  virtual ~ParaphraseOracle() = default;
  /// The `n` best translations, and of each the `n` best translations back: up to n x n texts, in
  /// that order, which may repeat.
  virtual std::vector<Paraphrase> paraphrase(const std::string& text, std::size_t n) = 0;
};

/// A smaller model's opinion of candidates: which of them deserve exact scores.
class DraftOracle {
 public:
  virtual ~DraftOracle() = default;

  /// Mean log-probability of the gold label among the labels, for each candidate; NaN where the
  /// draft cannot score it. The candidates' trigger tokens are the searched model's: a draft with
  /// another vocabulary reads their text.
  virtual std::vector<double> log_likelihood(std::span<const Candidate> candidates,
                                             std::span<const Example> examples) = 0;
  /// The counted work of so many rows: the draft's share of the searched model's, rounded up.
  virtual std::int64_t cost(std::int64_t num_rows) const = 0;
};

/// The model's own output rows with their input laid open: where a small network may stand between
/// what the model knows of a text and the token that it says next (RLPrompt).
class HeadOracle {
 public:
  virtual ~HeadOracle() = default;

  /// D: the width of the vectors that output rows are multiplied with.
  virtual std::int64_t vector_size() const = 0;
  /// That vector at the answer slot of each text, behind all transforms of the head. [N, D]
  /// @param texts  templates without fields, each with one answer slot.
  virtual MatrixXf vectors(std::span<const Template> texts) = 0;
  /// The logits that vectors give; a row is a function of its vector alone. [N, D] -> [N, V]
  virtual MatrixXf logits(const MatrixXf& vectors) = 0;
  /// The gradient of a loss with respect to the vectors, from that with respect to their logits.
  /// @param at_logits  [N, V]. @return [N, D]
  virtual MatrixXf pull_back(const MatrixXf& vectors, const MatrixXf& at_logits) = 0;
};

enum class OracleKind { gradient, slot, generation, likelihood, paraphrase, draft, head };
std::string_view name_of(OracleKind kind);

/// The oracles that a model serves.
class Oracles {
 public:
  virtual ~Oracles() = default;

  /// Each null where the model cannot serve it.
  virtual GradientOracle* gradient() { return nullptr; }
  virtual SlotOracle* slot() { return nullptr; }
  virtual GenerationOracle* generation() { return nullptr; }
  virtual LikelihoodOracle* likelihood() { return nullptr; }
  virtual ParaphraseOracle* paraphrase() { return nullptr; }
  virtual DraftOracle* draft() { return nullptr; }
  virtual HeadOracle* head() { return nullptr; }

  bool has(OracleKind kind);
};

}  // namespace prospect
