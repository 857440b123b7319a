#pragma once

#include <filesystem>
#include <memory>

#include "scoring/model.h"
#include "scoring/pretrained_lm.h"

namespace prospect {

struct OpenedLM {
  std::unique_ptr<const PretrainedLM> lm;
  ModelCard card;
};

/// Opens config and weights of a Hugging Face folder; `options.random_seed` leaves the weights'
/// files untouched.
/// @throws Error (io, model, unsupported)
OpenedLM open_lm(const std::filesystem::path& folder, const ModelOptions& options);

}  // namespace prospect
