#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/json.h"

namespace prospect::tokenizers {

/// How the tokens of a vocabulary carry the blank before a word.
enum class Blanks {
  none,        ///< Not at all: words are tokens, and continuing tokens are marked.
  byte_level,  ///< As the character of a byte: U+0120.
  metaspace,   ///< As U+2581.
};

/// The way back: turns tokens into the strings whose concatenation is the text.
class Decoder {
 public:
  virtual ~Decoder() = default;
  virtual std::vector<std::string> decode(std::vector<std::string> tokens) const = 0;
  /// How the tokens that it decodes carry blanks.
  virtual Blanks blanks() const { return Blanks::none; }
};

/// Makes the decoder that a member "decoder" of tokenizer.json describes.
/// @throws Error (unsupported) for an unknown type, (input) for wrong members, with the place.
std::unique_ptr<const Decoder> make_decoder(const JsonReader& reader);

}  // namespace prospect::tokenizers
