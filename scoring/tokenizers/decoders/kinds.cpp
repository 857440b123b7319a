#include "scoring/tokenizers/decoders/kinds.h"

#include "scoring/tokenizers/detail/kinds.h"

namespace prospect::tokenizers {
namespace {

constexpr Kind<Decoder> kKinds[] = {
    {"BPEDecoder", make_bpe_decoder},
    {"ByteFallback", make_byte_fallback_decoder},
    {"ByteLevel", make_byte_level_decoder},
    {"Fuse", make_fuse_decoder},
    {"CTC", make_ctc_decoder},
    {"Metaspace", make_metaspace_decoder},
    {"Replace", make_replace_decoder},
    {"Sequence", make_decoder_sequence},
    {"Strip", make_strip_decoder},
    {"WordPiece", make_word_piece_decoder},
};

}  // namespace

std::unique_ptr<const Decoder> make_decoder(const JsonReader& reader) {
  return make_kind<Decoder>(reader, "decoder", kKinds);
}

}  // namespace prospect::tokenizers
