#pragma once

#include <cstdint>
#include <string_view>

#include "scoring/checkpoint/config.h"
#include "scoring/description.h"

namespace prospect {

/// What a family says of its rotary embeddings beside the configuration.
struct RotaryDefaults {
  std::int64_t head_size = 0;
  double base = 10000;
  std::string_view base_key = "rope_theta";
  /// The layers that the embeddings are for, where `rope_parameters` tells kinds of layers apart.
  std::string_view layer_type = {};
  bool scaled = true;          ///< Whether `rope_scaling` is about these layers.
  double partial = 1;          ///< The share of a head that is turned.
  bool takes_partial = false;  ///< Whether the configuration may say another share.
};

/// Reads `rope_parameters`, or `rope_theta` and `rope_scaling` as older files have them.
/// @throws Error (unsupported) naming an unknown type or key; (model) for a wrong value.
Rotary read_rotary(const ModelConfig& config, const RotaryDefaults& defaults);

/// How long a row may be: `max_position_embeddings`, and what the scaling adds to it.
std::int64_t rotary_positions(const ModelConfig& config, const Rotary& rotary);

}  // namespace prospect
