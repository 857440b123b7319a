#include "scoring/tokenizers/normalizers/kinds.h"

#include "scoring/tokenizers/detail/kinds.h"

namespace prospect::tokenizers {
namespace {

constexpr Kind<Normalizer> kKinds[] = {
    {"BertNormalizer", make_bert_normalizer},
    {"ByteLevel", make_byte_level_normalizer},
    {"Lowercase", make_lowercase},
    {"NFC", make_nfc},
    {"NFD", make_nfd},
    {"NFKC", make_nfkc},
    {"NFKD", make_nfkd},
    {"Nmt", make_nmt},
    {"Precompiled", make_precompiled},
    {"Prepend", make_prepend},
    {"Replace", make_replace},
    {"Sequence", make_normalizer_sequence},
    {"Strip", make_strip},
    {"StripAccents", make_strip_accents},
};

}  // namespace

std::unique_ptr<const Normalizer> make_normalizer(const JsonReader& reader) {
  return make_kind<Normalizer>(reader, "normalizer", kKinds);
}

}  // namespace prospect::tokenizers
