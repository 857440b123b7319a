#pragma once

#include <optional>
#include <string>
#include <vector>

#include "scoring/tokenizers/detail/token_table.h"
#include "scoring/tokenizers/token_model.h"

// One function per type of model, listed in kinds.cpp.
namespace prospect::tokenizers {

std::unique_ptr<const TokenModel> make_bpe(const JsonReader& reader);
std::unique_ptr<const TokenModel> make_unigram(const JsonReader& reader);
std::unique_ptr<const TokenModel> make_word_level(const JsonReader& reader);
std::unique_ptr<const TokenModel> make_word_piece(const JsonReader& reader);

/// Two tokens that are joined, and where that is written.
struct MergeRule {
  std::string left, right, where;
};

/// What byte-pair encoding is made of.
struct BpeOptions {
  std::optional<std::string> unknown_token;
  std::string continuing_prefix;  ///< Of every character of a word but the first.
  std::string word_suffix;        ///< Of the last character of a word.
  bool fuse_unknown = false;      ///< Unknown characters side by side are one token.
  bool byte_fallback = false;     ///< An unknown character becomes tokens such as <0xE2>.
  bool ignore_merges = false;     ///< A word that is a token is that token.
};

/// @throws Error (model) for a merge whose parts or result are no tokens, and for one whose result
/// is one of its parts.
std::unique_ptr<const TokenModel> make_bpe(TokenTable table, const std::vector<MergeRule>& merges,
                                           const BpeOptions& options);

/// Reads one merge written as "left right".
MergeRule read_merge(const std::string& line, const std::string& where);

/// What WordPiece is made of.
struct WordPieceOptions {
  std::string unknown_token = "[UNK]";
  std::string continuing_prefix = "##";
  std::size_t max_characters = 100;  ///< A longer word becomes the unknown token.
};

/// @param where  the place named when the unknown token is missing.
std::unique_ptr<const TokenModel> make_word_piece(TokenTable table, const WordPieceOptions& options,
                                                  const std::string& where);

}  // namespace prospect::tokenizers
