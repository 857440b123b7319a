#include "experiments/helper_models.h"

#include <filesystem>

#include "core/error.h"
#include "experiments/model_folder.h"

namespace prospect {
namespace {

namespace fs = std::filesystem;

// As `read_model_keys` has looked: beside the file or in the data home, else by name.
fs::path folder_of(const ModelPath& model) {
  return fs::exists(model.path) ? model.path : find_model(model.written);
}

std::unique_ptr<Model> open_helper(const std::optional<ModelPath>& model,
                                   const ModelOptions& options) {
  return model ? open_model(folder_of(*model), options) : nullptr;
}

void check_role(Model* model, OracleKind kind, const char* role) {
  if (model != nullptr && !model->oracles().has(kind))
    fail(ErrorKind::unsupported, model->card().path, "expected a model that serves the oracle '",
         name_of(kind), "' as the helper \"", role, "\", found a ", name_of(model->card().kind),
         " of the family ", model->card().family);
}

void check_translator(const Model& model) {
  if (model.card().kind != ModelKind::seq2seq_lm)
    fail(ErrorKind::unsupported, model.card().path,
         "expected encoder-decoders as the helpers \"translate\", found a ",
         name_of(model.card().kind));
}

}  // namespace

HelperModels open_helper_models(const ExperimentSpec& spec, const ModelOptions& options) {
  HelperModels helpers;
  helpers.draft = open_helper(spec.helpers.draft, options);
  helpers.infill = open_helper(spec.helpers.infill, options);
  check_role(helpers.infill.get(), OracleKind::generation, "infill");
  helpers.likelihood = open_helper(spec.helpers.likelihood, options);
  check_role(helpers.likelihood.get(), OracleKind::likelihood, "likelihood");
  helpers.there = open_helper(spec.helpers.there, options);
  helpers.back = open_helper(spec.helpers.back, options);
  if (helpers.there != nullptr) {
    check_translator(*helpers.there);
    check_translator(*helpers.back);
    helpers.there_options = translation_options(folder_of(*spec.helpers.there));
    helpers.back_options = translation_options(folder_of(*spec.helpers.back));
  }
  return helpers;
}

std::string fingerprints_of(const HelperModels& helpers) {
  std::string text;
  for (const Model* model : {helpers.draft.get(), helpers.infill.get(), helpers.likelihood.get(),
                             helpers.there.get(), helpers.back.get()})
    if (model != nullptr) text += "+" + model->card().fingerprint;
  return text;
}

HelperOracles::HelperOracles(HelperModels* helpers, const Model& searched,
                             const ScoringSpec& spec) {
  if (helpers == nullptr) return;
  if (helpers->draft) oracles_.draft = &draft_.emplace(*helpers->draft, searched, spec);
  if (helpers->infill) oracles_.generation = helpers->infill->oracles().generation();
  if (helpers->likelihood) oracles_.likelihood = helpers->likelihood->oracles().likelihood();
  if (helpers->there)
    oracles_.paraphrase =
        &round_trip_.emplace(Translator{helpers->there.get(), helpers->there_options},
                             Translator{helpers->back.get(), helpers->back_options});
}

}  // namespace prospect
