#pragma once

#include "scoring/tokenizers/normalizer.h"

// One function per type of normalizer, listed in kinds.cpp.
namespace prospect::tokenizers {

std::unique_ptr<const Normalizer> make_bert_normalizer(const JsonReader& reader);
std::unique_ptr<const Normalizer> make_byte_level_normalizer(const JsonReader& reader);
std::unique_ptr<const Normalizer> make_lowercase(const JsonReader& reader);
std::unique_ptr<const Normalizer> make_nfc(const JsonReader& reader);
std::unique_ptr<const Normalizer> make_nfd(const JsonReader& reader);
std::unique_ptr<const Normalizer> make_nfkc(const JsonReader& reader);
std::unique_ptr<const Normalizer> make_nfkd(const JsonReader& reader);
std::unique_ptr<const Normalizer> make_nmt(const JsonReader& reader);
std::unique_ptr<const Normalizer> make_precompiled(const JsonReader& reader);
std::unique_ptr<const Normalizer> make_strip_accents(const JsonReader& reader);
std::unique_ptr<const Normalizer> make_strip(const JsonReader& reader);
std::unique_ptr<const Normalizer> make_replace(const JsonReader& reader);
std::unique_ptr<const Normalizer> make_prepend(const JsonReader& reader);
std::unique_ptr<const Normalizer> make_normalizer_sequence(const JsonReader& reader);

}  // namespace prospect::tokenizers
