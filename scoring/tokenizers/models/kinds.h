#pragma once

#include "scoring/tokenizers/detail/token_table.h"
#include "scoring/tokenizers/token_model.h"

// One function per type of model, listed in kinds.cpp.
namespace prospect::tokenizers {

std::unique_ptr<const TokenModel> make_word_piece(const JsonReader& reader);

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
