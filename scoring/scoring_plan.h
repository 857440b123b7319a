#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/scorer.h"
#include "core/vocabulary.h"
#include "scoring/answer_chains.h"
#include "scoring/answers.h"

namespace prospect {

class PretrainedLM;
class PromptSet;
class WorkPool;

/// A request made ready for the model: answers encoded and templates filled, each thing once.
///
/// Candidates that differ in their trigger tokens alone share a *shape*: the template without them.
/// A shape is filled once per example, and a candidate's tokens are put into the trigger slots.
class ScoringPlan {
 public:
  /// Fills on the pool's threads.
  /// @throws Error (internal) for a row whose indices are out of range.
  ScoringPlan(const ScoreRequest& request, const PretrainedLM& lm, const Vocabulary& vocabulary,
              const WorkPool& pool);

  /// The answers of a row's candidate, encoded.
  const std::vector<AnswerPieces>& answers(const Row& row) const {
    return answers_[candidates_[row.candidate].answers];
  }
  /// Whether text follows the candidate's answer slot.
  bool has_tail(const Row& row) const { return candidates_[row.candidate].has_tail; }
  /// The forward passes that the row takes.
  std::int64_t num_forwards(const Row& row) const {
    return candidates_[row.candidate].num_forwards;
  }

  /// The example's gold answer where it is one token; only in a vocabulary space.
  std::optional<TokenId> gold(const Row& row) const;

  /// The filled template with room for an answer of `length` tokens.
  const Filled& filled(const Row& row, std::size_t length) const;
  /// The template and the answer as the model reads them: prompts go into the set, and the chain's
  /// slots say which outputs tell of which token.
  AnswerChain chain(const Row& row, std::span<const TokenId> answer, PromptSet& prompts) const;

  /// Why the row cannot be scored, if so.
  std::optional<Failure> failure(const Row& row) const;

 private:
  struct Shape {
    Template tmpl;                         // no trigger is set
    std::map<std::string, TokenId> golds;  // of one token
  };
  struct CandidatePlan {
    std::uint32_t shape = 0, answers = 0;
    bool has_tail = false;
    std::int64_t num_forwards = 0;
    std::vector<TokenId> triggers;
  };
  struct FillKey {
    std::uint32_t shape, example;
    std::size_t length;
    auto operator<=>(const FillKey&) const = default;
  };

  std::size_t fill_length(const Row& row, std::size_t length) const;
  Prompt prompt(const Row& row, std::size_t length) const;
  std::vector<TokenId> tail(std::span<const TokenId> ids, std::size_t slot) const;
  void plan_gold(const Row& row);
  void fill_all();

  const ScoreRequest& request_;
  const PretrainedLM& lm_;
  const Vocabulary& vocabulary_;
  const WorkPool& pool_;
  std::vector<Shape> shapes_;
  std::vector<CandidatePlan> candidates_;  // of the request; planned where a row uses it
  std::vector<std::vector<AnswerPieces>> answers_;
  std::map<FillKey, std::uint32_t> fill_index_;
  std::vector<Filled> fills_;
};

}  // namespace prospect
