#include "scoring/tokenizers/pre_tokenizers/kinds.h"

#include "scoring/tokenizers/detail/kinds.h"

namespace prospect::tokenizers {
namespace {

constexpr Kind<PreTokenizer> kKinds[] = {
    {"BertPreTokenizer", make_bert_pre_tokenizer},
    {"ByteLevel", make_byte_level},
    {"CharDelimiterSplit", make_char_delimiter_split},
    {"Digits", make_digits},
    {"FixedLength", make_fixed_length},
    {"Metaspace", make_metaspace},
    {"Punctuation", make_punctuation},
    {"Sequence", make_pre_tokenizer_sequence},
    {"Split", make_split},
    {"UnicodeScripts", make_unicode_scripts},
    {"Whitespace", make_whitespace},
    {"WhitespaceSplit", make_whitespace_split},
};

}  // namespace

std::unique_ptr<const PreTokenizer> make_pre_tokenizer(const JsonReader& reader) {
  return make_kind<PreTokenizer>(reader, "pre-tokenizer", kKinds);
}

}  // namespace prospect::tokenizers
