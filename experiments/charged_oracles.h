#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/error.h"
#include "experiments/budget.h"
#include "experiments/records.h"
#include "search/oracles.h"

namespace prospect {

/// Thrown by a charged oracle whose call no longer fits into the room: the study then ends the
/// strategy as one that has used up its budget.
class OutOfRoom : public Error {
 public:
  OutOfRoom(std::int64_t cost, std::int64_t left);
};

/// Oracles of helper models, which take the place of the searched model's; each null where there is
/// none.
struct HelperOracleSet {
  DraftOracle* draft = nullptr;
  GenerationOracle* generation = nullptr;
  LikelihoodOracle* likelihood = nullptr;
  ParaphraseOracle* paraphrase = nullptr;
};

/// A model's oracles as a strategy gets them: each call is charged before it is made, and refused
/// where it does not fit.
///
/// A row of a gradient costs 3 for each of its forwards, a row of a slot oracle 1, a continuation
/// one for each context and prefix, a likelihood its text's forwards (its tokens with a masked LM,
/// 1 with a causal one), a paraphrase one for each that is asked for, a draft's row the draft's
/// share of a row, a vector before the head 1. What reads embeddings or output rows alone costs
/// nothing.
class ChargedOracles : public Oracles {
 public:
  using Helpers = HelperOracleSet;

  /// The references outlive it. @param poll  called before each call; may throw.
  ChargedOracles(Oracles& oracles, std::function<void()> poll, const Helpers& helpers = {});
  ~ChargedOracles() override;

  /// Whose room the calls come out of, until the next call of `charge_to`.
  void charge_to(Meter* meter) { meter_ = meter; }
  /// The calls since the last `take_uses`, by kind.
  std::vector<OracleUse> take_uses();

  GradientOracle* gradient() override;
  SlotOracle* slot() override;
  GenerationOracle* generation() override;
  LikelihoodOracle* likelihood() override;
  ParaphraseOracle* paraphrase() override;
  DraftOracle* draft() override;
  HeadOracle* head() override;

 private:
  class ChargedGradient;
  class ChargedSlot;
  class ChargedGeneration;
  class ChargedLikelihood;
  class ChargedParaphrase;
  class ChargedDraft;
  class ChargedHead;

  // @param tokens  of the prompts that the call runs, see `Meter::tokens_of`.
  void charge(OracleKind kind, std::int64_t cost, std::int64_t tokens);
  // Of a meter that may be none: `charge` says so.
  std::int64_t tokens_of(const Template& tmpl, std::span<const Example> examples) const;
  std::int64_t tokens_of(const std::string& text) const;

  std::function<void()> poll_;
  Meter* meter_ = nullptr;
  std::vector<OracleUse> uses_;
  std::unique_ptr<GradientOracle> gradient_;
  std::unique_ptr<SlotOracle> slot_;
  std::unique_ptr<GenerationOracle> generation_;
  std::unique_ptr<LikelihoodOracle> likelihood_;
  std::unique_ptr<ParaphraseOracle> paraphrase_;
  std::unique_ptr<DraftOracle> draft_;
  std::unique_ptr<HeadOracle> head_;
};

}  // namespace prospect
