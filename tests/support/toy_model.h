#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/scorer.h"
#include "core/task.h"
#include "core/vocabulary.h"
#include "scoring/model.h"
#include "search/oracles.h"

namespace prospect::test {

/// A language of 64 words, one token each: [PAD] [UNK] [CLS] [SEP] [MASK], punctuation, "bad",
/// "good", and "w00" to "w54". Texts are split at spaces and before punctuation.
class ToyVocabulary : public Vocabulary {
 public:
  ToyVocabulary();
  std::size_t size() const override { return words_.size(); }
  std::string fingerprint() const override { return "toy"; }
  std::vector<TokenId> encode(std::string_view text, bool special) const override;
  std::string decode(std::span<const TokenId> ids) const override;
  std::string token(TokenId id) const override { return words_.at(static_cast<std::size_t>(id)); }
  TokenTraits traits(TokenId id) const override;
  std::optional<TokenId> mask() const override { return 4; }
  std::vector<TokenId> encode_answer(const Template& tmpl, const Answer& answer) const override;
  Filled fill(const Template& tmpl, const Example& example, std::size_t num_masks) const override;
  Template as_text(const Template& tmpl) const override;
  bool survives_text(const Template& tmpl, std::span<const Example> examples) const override;

  TokenId id(std::string_view word) const;
  /// Prompts longer than this are cut.
  std::size_t max_length = 64;

 private:
  std::vector<std::string> words_;
};

/// A scorer that is a pure function of prompt and example, with a planted optimum: the more of the
/// planted tokens stand at the first places that the prompt owns (trigger slots and literal text,
/// in order of standing), the likelier the gold label. Rows of
/// a prompt whose text holds a word of `failing` fail.
class ToyScorer : public Scorer {
 public:
  explicit ToyScorer(const ToyVocabulary& vocabulary);
  std::vector<RowOutcome> score(const ScoreRequest& request) override;
  std::int64_t cost(const Candidate& candidate, const ScoringSpec& spec) const override;

  std::vector<TokenId> planted;  ///< "w10", "w20", "w30".
  std::string failing = "w50";
  /// From this call on, `score` throws an internal error; 0 never.
  std::int64_t throw_at_call = 0;
  std::int64_t num_calls = 0, num_rows = 0;

 private:
  const ToyVocabulary& vocabulary_;
};

/// Gradients and slot scores that point at the planted tokens, and a head that knows nothing of
/// them. At the answer slot "w40" is likely for the label 0, and "w41" for 1.
class ToyOracles : public Oracles,
                   public GradientOracle,
                   public SlotOracle,
                   public GenerationOracle,
                   public LikelihoodOracle,
                   public HeadOracle {
 public:
  ToyOracles(const ToyVocabulary& vocabulary, const std::vector<TokenId>& planted);
  GradientOracle* gradient() override { return this; }
  SlotOracle* slot() override { return this; }
  GenerationOracle* generation() override { return this; }
  LikelihoodOracle* likelihood() override { return has_likelihood ? this : nullptr; }
  HeadOracle* head() override { return this; }
  Gradient at_tokens(const Candidate&, std::span<const Example>, const Loss&) override;
  Gradient at_vectors(const Candidate&, const MatrixXf&, std::span<const Example>,
                      const Loss&) override;
  std::vector<Shortlist> shortlist(const MatrixXf&, const TokenMask&, std::size_t k) override;
  TokenIds nearest(const MatrixXf&, const TokenMask&, Similarity) override;
  MatrixXf embeddings(std::span<const TokenId> ids) override;
  /// The candidate with the tokens that are nearest to the vectors, as `at_vectors` reads it.
  Candidate projected(const Candidate& candidate, const MatrixXf& vectors);

  VectorXf mean_over(const Candidate& candidate, std::span<const Example> examples,
                     Space space) override;
  MatrixXf hidden(const Candidate& candidate, std::span<const Example> examples) override;

  /// Fills masks as the slot scores do.
  InfillKind kind() const override { return infill_kind; }
  const Vocabulary& vocabulary() const override { return vocabulary_; }
  std::vector<Continuation> next(std::span<const GenerationContext> contexts,
                                 std::span<const Infill> infills, Mean mean,
                                 std::size_t top) override;

  /// The shorter a text, the likelier.
  std::vector<double> log_p(std::span<const std::string> texts, PseudoMasking masking) override;
  std::int64_t num_tokens(const std::string& text) const override;
  std::int64_t cost(const std::string& text) const override { return num_tokens(text); }

  /// A text's vector tells how many tokens stand before its answer slot.
  std::int64_t vector_size() const override;
  MatrixXf vectors(std::span<const Template> texts) override;
  MatrixXf logits(const MatrixXf& vectors) override;
  MatrixXf pull_back(const MatrixXf& vectors, const MatrixXf& at_logits) override;

  std::int64_t num_gradient_rows = 0, num_slot_rows = 0, num_head_rows = 0, num_generation_rows = 0,
               num_likelihood_rows = 0;
  InfillKind infill_kind = InfillKind::fixed_length;
  bool has_likelihood = true;

 private:
  const ToyVocabulary& vocabulary_;
  MatrixXf embeddings_;  ///< [V, D], rows of length 1.
  std::vector<TokenId> planted_;
};

/// The three together, as a model.
class ToyModel : public Model {
 public:
  ToyModel();
  const ModelCard& card() const override { return card_; }
  const Vocabulary& vocabulary() const override { return vocabulary_; }
  Scorer& scorer() override { return toy_scorer; }
  Oracles& oracles() override { return toy_oracles; }
  MatrixXf logits(const Prompt& input, std::span<const std::uint32_t> positions) override;
  InputGradient input_gradient(const Prompt& input, std::span<const TargetToken> targets) override;
  SlotPrompt slot_prompt(const Template& tmpl, const Example& example) override;
  std::vector<Generation> generate(std::span<const TokenId> ids,
                                   const GenerationOptions& options) override;
  ProductReplay replay_products(std::span<const std::size_t>, Precision) override { return {}; }
  std::size_t num_threads() const override { return 1; }
  std::int64_t num_forwards_run() const override { return toy_scorer.num_rows; }

 private:
  ModelCard card_;
  ToyVocabulary vocabulary_;

 public:
  ToyScorer toy_scorer;
  ToyOracles toy_oracles;
};

/// A task of two labels, "bad" and "good", with one field "text"; `size` examples in support and in
/// dev each, balanced, and two manual prompts.
Task toy_task(std::size_t size = 16);

}  // namespace prospect::test
