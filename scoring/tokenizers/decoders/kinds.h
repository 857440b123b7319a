#pragma once

#include "scoring/tokenizers/decoder.h"

// One function per type of decoder, listed in kinds.cpp.
namespace prospect::tokenizers {

std::unique_ptr<const Decoder> make_bpe_decoder(const JsonReader& reader);
std::unique_ptr<const Decoder> make_byte_fallback_decoder(const JsonReader& reader);
std::unique_ptr<const Decoder> make_byte_level_decoder(const JsonReader& reader);
std::unique_ptr<const Decoder> make_ctc_decoder(const JsonReader& reader);
std::unique_ptr<const Decoder> make_fuse_decoder(const JsonReader& reader);
std::unique_ptr<const Decoder> make_metaspace_decoder(const JsonReader& reader);
std::unique_ptr<const Decoder> make_replace_decoder(const JsonReader& reader);
std::unique_ptr<const Decoder> make_decoder_sequence(const JsonReader& reader);
std::unique_ptr<const Decoder> make_strip_decoder(const JsonReader& reader);
std::unique_ptr<const Decoder> make_word_piece_decoder(const JsonReader& reader);

std::unique_ptr<const Decoder> make_byte_level_decoder();

/// @param prefix   of continuing tokens, which are joined to what stands before.
/// @param cleanup  whether the space before final punctuation is dropped, as in "good ." ->
/// "good.".
std::unique_ptr<const Decoder> make_word_piece_decoder(std::string prefix, bool cleanup);

void replace_all(std::string& text, std::string_view from, std::string_view to);

/// Takes out the spaces before final punctuation and in contractions.
void clean_up(std::string& text);

}  // namespace prospect::tokenizers
