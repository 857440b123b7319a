#pragma once

#include <memory>

#include "core/json.h"
#include "scoring/tokenizers/detail/aligned_text.h"

namespace prospect::tokenizers {

/// The first step of a tokenizer: rewrites a text (case, accents, white space).
class Normalizer {
 public:
  virtual ~Normalizer() = default;
  virtual void apply(AlignedText& text) const = 0;
};

/// Makes the normalizer that a member "normalizer" of tokenizer.json describes.
/// @throws Error (unsupported) for an unknown type, (input) for wrong members, with the place.
std::unique_ptr<const Normalizer> make_normalizer(const JsonReader& reader);

}  // namespace prospect::tokenizers
