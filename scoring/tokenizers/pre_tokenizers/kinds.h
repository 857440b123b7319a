#pragma once

#include "scoring/tokenizers/pre_tokenizer.h"

// One function per type of pre-tokenizer, listed in kinds.cpp.
namespace prospect::tokenizers {

std::unique_ptr<const PreTokenizer> make_bert_pre_tokenizer(const JsonReader& reader);
std::unique_ptr<const PreTokenizer> make_char_delimiter_split(const JsonReader& reader);
std::unique_ptr<const PreTokenizer> make_digits(const JsonReader& reader);
std::unique_ptr<const PreTokenizer> make_punctuation(const JsonReader& reader);
std::unique_ptr<const PreTokenizer> make_pre_tokenizer_sequence(const JsonReader& reader);
std::unique_ptr<const PreTokenizer> make_split(const JsonReader& reader);
std::unique_ptr<const PreTokenizer> make_whitespace(const JsonReader& reader);
std::unique_ptr<const PreTokenizer> make_whitespace_split(const JsonReader& reader);

}  // namespace prospect::tokenizers
