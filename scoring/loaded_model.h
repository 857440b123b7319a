#pragma once

#include <filesystem>
#include <memory>

#include "scoring/model.h"
#include "scoring/open_lm.h"
#include "scoring/oracles/lm_oracles.h"
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
  MatrixXf logits(std::span<const TokenId> ids, std::span<const std::int32_t> type_ids,
                  std::span<const std::uint32_t> positions) override;
  InputGradient input_gradient(std::span<const TokenId> ids, std::span<const std::int32_t> type_ids,
                               std::uint32_t position, TokenId target) override;
  std::int64_t num_forwards_run() const override { return opened_.lm->num_rows_run(); }

 private:
  OpenedLM opened_;
  std::unique_ptr<Tokenizer> tokenizer_;
  WorkPool pool_;
  LmScorer scorer_;
  LmOracles oracles_;
};

}  // namespace prospect
