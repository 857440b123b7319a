#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/vocabulary.h"
#include "scoring/pretrained_lm.h"
#include "search/oracles.h"

namespace prospect {

class WorkPool;

/// What an oracle needs of an opened model; the references outlive it.
struct OracleContext {
  const PretrainedLM& lm;
  const Vocabulary& vocabulary;
  const WorkPool& pool;
};

/// Gradients by autograd.
class LmGradientOracle final : public GradientOracle {
 public:
  explicit LmGradientOracle(OracleContext context) : context_(context) {}

  std::int64_t num_forwards(const Candidate& candidate, const Loss& loss) const override;
  /// @throws Error (input) for an example without a label, an answer that the rule does not take,
  /// or a template that cannot be filled with an example; (unsupported) for the fluency of an
  /// encoder-decoder's triggers.
  Gradient at_tokens(const Candidate& candidate, std::span<const Example> examples,
                     const Loss& loss) override;
  Gradient at_vectors(const Candidate& candidate, const MatrixXf& vectors,
                      std::span<const Example> examples, const Loss& loss) override;
  std::vector<Shortlist> shortlist(const MatrixXf& gradient, const TokenMask& allowed,
                                   std::size_t k) override;
  TokenIds nearest(const MatrixXf& vectors, const TokenMask& allowed,
                   Similarity similarity) override;
  MatrixXf embeddings(std::span<const TokenId> ids) override;

 private:
  Gradient at(const Candidate& candidate, const MatrixXf* vectors,
              std::span<const Example> examples, const Loss& loss);

  OracleContext context_;
};

/// Outputs at the answer slot. The vocabulary is the tokenizer's: output rows that a checkpoint has
/// beyond it count in probabilities but are not returned.
class LmSlotOracle final : public SlotOracle {
 public:
  explicit LmSlotOracle(OracleContext context) : context_(context) {}

  VectorXf mean_over(const Candidate& candidate, std::span<const Example> examples,
                     Space space) override;
  MatrixXf hidden(const Candidate& candidate, std::span<const Example> examples) override;

 private:
  OracleContext context_;
};

/// The head of a language model. As of the slot oracle, the vocabulary is the tokenizer's.
class LmHeadOracle final : public HeadOracle {
 public:
  explicit LmHeadOracle(OracleContext context) : context_(context) {}

  std::int64_t vector_size() const override { return context_.lm.vector_size(); }
  /// @throws Error (input) for a template that cannot be filled without an example, or where a
  /// causal LM has no text before the slot.
  MatrixXf vectors(std::span<const Template> texts) override;
  MatrixXf logits(const MatrixXf& vectors) override;
  MatrixXf pull_back(const MatrixXf& vectors, const MatrixXf& at_logits) override;

 private:
  OracleContext context_;
};

/// A causal LM's log-likelihood: every token but the first, given those before it. A masked LM's
/// pseudo-log-likelihood: every token masked in turn, special tokens never.
/// Source: Salazar, Liang, Nguyen and Kirchhoff, "Masked Language Model Scoring" (2020).
class LmLikelihoodOracle final : public LikelihoodOracle {
 public:
  explicit LmLikelihoodOracle(OracleContext context) : context_(context) {}

  /// @throws Error (input) for a text that is too long.
  std::vector<double> log_p(std::span<const std::string> texts, PseudoMasking masking) override;
  std::int64_t num_tokens(const std::string& text) const override;
  /// One forward of a causal LM; of a masked one a forward for each token.
  std::int64_t cost(const std::string& text) const override;

 private:
  OracleContext context_;
};

/// The shared beam's next tokens, of every kind of model; an encoder-decoder needs sentinel tokens.
class LmGenerationOracle final : public GenerationOracle {
 public:
  explicit LmGenerationOracle(OracleContext context) : context_(context) {}

  InfillKind kind() const override;
  const Vocabulary& vocabulary() const override { return context_.vocabulary; }
  std::vector<Continuation> next(std::span<const GenerationContext> contexts,
                                 std::span<const Infill> infills, Mean mean,
                                 std::size_t top) override;

 private:
  const TokenMask& allowed();

  OracleContext context_;
  TokenMask allowed_;  // tokens that are text; found when first asked for
};

/// The oracles that a model serves: all but likelihood also for an encoder-decoder, and generation
/// for one with sentinel tokens.
class LmOracles final : public Oracles {
 public:
  explicit LmOracles(OracleContext context)
      : has_likelihood_(context.lm.kind() != ModelKind::seq2seq_lm),
        has_generation_(has_likelihood_ || context.vocabulary.sentinel(2).has_value()),
        gradient_(context),
        slot_(context),
        generation_(context),
        likelihood_(context),
        head_(context) {}

  GradientOracle* gradient() override { return &gradient_; }
  SlotOracle* slot() override { return &slot_; }
  GenerationOracle* generation() override { return has_generation_ ? &generation_ : nullptr; }
  LikelihoodOracle* likelihood() override { return has_likelihood_ ? &likelihood_ : nullptr; }
  HeadOracle* head() override { return &head_; }

 private:
  bool has_likelihood_, has_generation_;
  LmGradientOracle gradient_;
  LmSlotOracle slot_;
  LmGenerationOracle generation_;
  LmLikelihoodOracle likelihood_;
  LmHeadOracle head_;
};

}  // namespace prospect
