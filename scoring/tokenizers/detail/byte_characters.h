#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace prospect::tokenizers {

/// The characters by which byte-level tokenizers write bytes (GPT-2): a printable Latin-1 character
/// stands for itself, the other bytes are U+0100 and what follows it, so that a space is U+0120.
///
/// @return 256 strings, one for each byte.
const std::string* byte_characters();

/// The bytes that a token's characters stand for; nothing where one is no such character.
std::optional<std::string> bytes_of_characters(std::string_view token);

/// The byte of a token such as `<0x0A>`.
std::optional<unsigned char> byte_of_token(std::string_view token);

}  // namespace prospect::tokenizers
