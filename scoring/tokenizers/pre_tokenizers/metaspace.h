#pragma once

#include <string>

#include "core/json.h"

namespace prospect::tokenizers {

/// How SentencePiece tokenizers write blanks; the pre-tokenizer and the decoder share it.
struct MetaspaceOptions {
  enum class Prepend { always, first, never };
  std::string replacement = "\u2581";  ///< What a blank becomes.
  Prepend prepend = Prepend::always;   ///< Before which pieces of a text one is put.
  bool split = true;                   ///< Whether a word begins at each.
};

/// @throws Error (input) for wrong members, with the place.
MetaspaceOptions read_metaspace_options(const JsonReader& reader);

}  // namespace prospect::tokenizers
