#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/json.h"

namespace prospect::tokenizers {

/// The way back: turns tokens into the strings whose concatenation is the text.
class Decoder {
 public:
  virtual ~Decoder() = default;
  virtual std::vector<std::string> decode(std::vector<std::string> tokens) const = 0;
};

/// Makes the decoder that a member "decoder" of tokenizer.json describes.
/// @throws Error (unsupported) for an unknown type, (input) for wrong members, with the place.
std::unique_ptr<const Decoder> make_decoder(const JsonReader& reader);

}  // namespace prospect::tokenizers
