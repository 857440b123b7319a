#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scoring/tokenizers/decoder.h"
#include "scoring/tokenizers/detail/added_tokens.h"
#include "scoring/tokenizers/normalizer.h"
#include "scoring/tokenizers/post_processor.h"
#include "scoring/tokenizers/pre_tokenizer.h"
#include "scoring/tokenizers/token_model.h"

namespace prospect::tokenizers {

/// A token of a text, and the bytes that it stands for (where asked for).
struct SourceToken {
  TokenId id = 0;
  Range source;
};

/// What a token looks like in a text.
struct TokenText {
  std::string text;
  bool word_start = false;
};

/// Everything a tokenizer is made of, as its files have it. Immutable once made.
struct Pipeline {
  std::unique_ptr<const Normalizer> normalizer;       ///< May be null.
  std::unique_ptr<const PreTokenizer> pre_tokenizer;  ///< May be null.
  std::unique_ptr<const TokenModel> model;
  std::unique_ptr<const TokenModel> target_model;  ///< Of the decoder's texts; null: `model`.
  AddedTokens added;
  std::unique_ptr<const PostProcessor> post_processor;
  std::unique_ptr<const Decoder> decoder;  ///< May be null.
  std::map<std::string, TokenId> special;  ///< "mask_token" -> its id, and so on.
  std::optional<std::size_t> max_length;
  std::string fingerprint;

  /// The tokens of a text of valid UTF-8, without special tokens around it.
  /// @param tracked  whether the sources are wanted.
  /// @param start    what stands before the text.
  /// @param target   whether it is a text of the decoder.
  std::vector<SourceToken> tokenize(std::string_view text, bool tracked, Start start = Start::text,
                                    bool target = false) const;

  /// Takes the blanks of a text's tokens out of their sources, where the tokenizer does that.
  void trim_sources(std::string_view text, std::vector<SourceToken>& tokens) const;

  /// How tokens carry the blank before a word.
  Blanks blanks() const { return decoder ? decoder->blanks() : Blanks::none; }

  /// What a token looks like inside a text: " great" for the token of a word with its blank. The
  /// bytes of a byte-level token need not be whole UTF-8.
  TokenText text_of(TokenId id) const;

  /// One above the largest id.
  std::size_t size() const;
  std::optional<TokenId> id(std::string_view token) const;
  /// Nothing for an id without a token.
  std::optional<std::string_view> token(TokenId id) const;
};

}  // namespace prospect::tokenizers
