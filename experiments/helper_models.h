#pragma once

#include <memory>
#include <optional>
#include <string>

#include "experiments/charged_oracles.h"
#include "experiments/draft_oracle.h"
#include "experiments/experiment_file.h"
#include "experiments/round_trip.h"
#include "scoring/model.h"

namespace prospect {

/// The models beside the searched one that an experiment names under `"models"`; null where it
/// names none.
struct HelperModels {
  std::unique_ptr<Model> draft;       ///< Says which candidates deserve exact scores.
  std::unique_ptr<Model> infill;      ///< Writes templates (the generation oracle).
  std::unique_ptr<Model> likelihood;  ///< Says how likely texts are.
  std::unique_ptr<Model> there, back;
  GenerationOptions there_options{}, back_options{};
};

/// Opens them. @throws Error as `open_model` does, and (unsupported) naming the role, for a model
/// that cannot take it.
HelperModels open_helper_models(const ExperimentSpec& spec, const ModelOptions& options);

/// What is added to a run's model fingerprint: `+` and a fingerprint for each helper.
std::string fingerprints_of(const HelperModels& helpers);

/// The oracles that helpers serve to a search. The references outlive it.
class HelperOracles {
 public:
  /// @param helpers  null: none.
  HelperOracles(HelperModels* helpers, const Model& searched, const ScoringSpec& spec);
  HelperOracles(const HelperOracles&) = delete;
  HelperOracles& operator=(const HelperOracles&) = delete;

  ChargedOracles::Helpers oracles() { return oracles_; }

 private:
  std::optional<ModelDraft> draft_;
  std::optional<RoundTrip> round_trip_;
  ChargedOracles::Helpers oracles_;
};

}  // namespace prospect
