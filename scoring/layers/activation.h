#pragma once

#include <string_view>

#include "scoring/checkpoint/config.h"
#include "scoring/description.h"
#include "scoring/torch.h"

namespace prospect {

/// The activation that a configuration names under `key`, as the reference library spells them.
/// @param otherwise  where the key is absent; empty: the key must be there.
/// @throws Error (unsupported) naming the key, the value and the known ones.
Activation read_activation(const ModelConfig& config, std::string_view key,
                           std::string_view otherwise = {});

at::Tensor activate(Activation activation, const at::Tensor& x);

}  // namespace prospect
