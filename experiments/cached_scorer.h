#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/scorer.h"
#include "core/vocabulary.h"
#include "experiments/content_key.h"
#include "experiments/outcome_cache.h"

namespace prospect {

/// What a cached scorer did.
struct ScorerWork {
  std::int64_t requested = 0;  ///< Rows asked for.
  std::int64_t known = 0;      ///< Of these, found in the cache.
  std::int64_t equal = 0;      ///< Of these, equal to another row of the same call.
  std::int64_t computed = 0;   ///< Of these, scored.
  std::int64_t tokens = 0;     ///< In the prompts of those that were scored.
};

/// A scorer that asks another one only for what nobody has asked before.
///
/// A row's content is what its numbers are a function of: model, tokenizer, spec, the token ids of
/// the filled prompt and of the answers, in their order. Rows of equal content, of whatever
/// candidates and examples, are scored once in a call, and what the cache holds is not scored at
/// all. As a row's numbers do not depend on other rows, results are bit for bit those of the other
/// scorer. Rows that fail are never stored.
class CachedScorer : public Scorer {
 public:
  /// The references outlive it. @param model  the model's fingerprint. @param cache  may be null.
  CachedScorer(Scorer& scorer, const Vocabulary& vocabulary, const std::string& model,
               OutcomeCache* cache);

  std::vector<RowOutcome> score(const ScoreRequest& request) override;
  std::int64_t cost(const Candidate& candidate, const ScoringSpec& spec) const override {
    return scorer_.cost(candidate, spec);
  }

  const ScorerWork& work() const { return work_; }

 private:
  struct KeyHash {
    std::size_t operator()(const ContentKey& key) const { return key[0]; }
  };
  // A candidate as far as its key goes; `shape` is its template without trigger tokens.
  struct Shape {
    Template tmpl;
    ContentKey key{};  // of the template
    std::vector<TokenId> triggers;
    std::vector<std::size_t> lengths;  // of the answers, each once
    ContentKey answers{};
    bool scorable = false;
  };

  using Keys = std::vector<std::optional<ContentKey>>;  // none for a row that will fail

  Keys keys_of(const ScoreRequest& request, std::span<std::int64_t> tokens);
  std::vector<std::size_t> look_up(std::span<const std::size_t> rows, const Keys& keys,
                                   std::vector<RowOutcome>& outcomes);
  Shape shape_of(const Candidate& candidate, const ScoreRequest& request) const;
  const Filled& filled(const Shape& shape, const Example& example, const ContentKey& example_key,
                       std::size_t length);
  std::optional<ContentKey> key_of(const Shape& shape, const Example& example,
                                   const ContentKey& example_key, const ScoringSpec& spec,
                                   std::int64_t& tokens);
  void score_missing(const ScoreRequest& request, std::span<const std::size_t> missing,
                     const Keys& keys, std::vector<RowOutcome>& outcomes);

  Scorer& scorer_;
  const Vocabulary& vocabulary_;
  ContentKey model_;
  OutcomeCache* cache_;
  ScorerWork work_;
  // Filled shapes: a search puts other tokens into the same slots for the same examples.
  std::unordered_map<ContentKey, Filled, KeyHash> fills_;
};

}  // namespace prospect
