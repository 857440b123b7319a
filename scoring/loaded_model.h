#pragma once

#include <filesystem>
#include <memory>

#include "scoring/model.h"
#include "scoring/open_lm.h"
#include "scoring/oracles/lm_oracles.h"
#include "scoring/product_replay.h"
#include "scoring/scorer.h"
#include "scoring/tokenizers/tokenizer.h"
#include "scoring/work_pool.h"

namespace prospect {

/// A checkpoint with its tokenizer, scorer and oracles, which share one set of weights and threads.
class LoadedModel final : public Model {
 public:
  LoadedModel(const std::filesystem::path& folder, const ModelOptions& options);

  const ModelCard& card() const override { return opened_.card; }
  const Vocabulary& vocabulary() const override { return *tokenizer_; }
  Scorer& scorer() override { return scorer_; }
  Oracles& oracles() override { return oracles_; }
  MatrixXf logits(const Prompt& input, std::span<const std::uint32_t> positions) override;
  InputGradient input_gradient(const Prompt& input, std::span<const TargetToken> targets) override;
  SlotPrompt slot_prompt(const Template& tmpl, const Example& example) override;
  std::vector<Generation> generate(std::span<const TokenId> ids, const GenerationOptions& options) override;
  ProductReplay replay_products(std::span<const std::size_t> lengths,
                                Precision precision) override {
    return prospect::replay_products(*opened_.lm, pool_, lengths, precision);
  }
  std::size_t num_threads() const override { return pool_.num_threads(); }
  std::int64_t num_forwards_run() const override { return opened_.lm->num_rows_run(); }

 private:
  OpenedLM opened_;
  std::unique_ptr<Tokenizer> tokenizer_;
  WorkPool pool_;
  LmScorer scorer_;
  LmOracles oracles_;
};

}  // namespace prospect
