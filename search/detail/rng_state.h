#pragma once

#include "core/json.h"
#include "core/rng.h"

namespace prospect {

/// A stream's state as an array of four numbers, and back.
inline Json rng_to_json(const Rng& rng) {
  return rng.words();
}
inline Rng rng_from_json(const Json& json) {
  return Rng(json.get<Rng::Words>());
}

}  // namespace prospect
