#pragma once

#include "scoring/tokenizers/pre_tokenizer.h"

// One function per type of pre-tokenizer, listed in kinds.cpp.
namespace prospect::tokenizers {

std::unique_ptr<const PreTokenizer> make_bert_pre_tokenizer(const JsonReader& reader);
std::unique_ptr<const PreTokenizer> make_byte_level(const JsonReader& reader);
std::unique_ptr<const PreTokenizer> make_char_delimiter_split(const JsonReader& reader);
std::unique_ptr<const PreTokenizer> make_digits(const JsonReader& reader);
std::unique_ptr<const PreTokenizer> make_fixed_length(const JsonReader& reader);
std::unique_ptr<const PreTokenizer> make_metaspace(const JsonReader& reader);
std::unique_ptr<const PreTokenizer> make_punctuation(const JsonReader& reader);
std::unique_ptr<const PreTokenizer> make_pre_tokenizer_sequence(const JsonReader& reader);
std::unique_ptr<const PreTokenizer> make_split(const JsonReader& reader);
std::unique_ptr<const PreTokenizer> make_unicode_scripts(const JsonReader& reader);
std::unique_ptr<const PreTokenizer> make_whitespace(const JsonReader& reader);
std::unique_ptr<const PreTokenizer> make_whitespace_split(const JsonReader& reader);

/// @param use_regex  whether it splits as GPT-2 does.
std::unique_ptr<const PreTokenizer> make_byte_level(bool add_prefix_space, bool use_regex);

/// Puts `content` before each word that does not start with `already`.
/// @param only_first  not before what follows other tokens or words.
void put_before(Words& words, std::string_view content, char32_t already, bool only_first = false);

}  // namespace prospect::tokenizers
