#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scoring/tokenizers/detail/added_tokens.h"
#include "scoring/tokenizers/detail/folder.h"

// The added tokens of folders without tokenizer.json.
namespace prospect::tokenizers {

/// Reads {"added_tokens_decoder": {"104": {"content": ...}}} of tokenizer_config.json, and the
/// older file added_tokens.json, {"token": 104}; in order of their ids.
/// @param vocabulary  the name of the model's file, for messages.
/// @throws Error (input, model) for wrong members and for ids that contradict the vocabulary.
std::vector<AddedToken> read_added_settings(Folder& folder, const JsonReader& config,
                                            const TokenModel& model, const std::string& vocabulary);

/// The id of a special token, which is made an added token.
/// @throws Error (model) where no vocabulary has it.
TokenId add_special_token(const Settings::Token& token, const std::string& role,
                          const TokenModel& model, std::vector<AddedToken>& added);

/// Makes the tokens of "additional_special_tokens" special; those that no vocabulary has get the
/// next free ids, as in the reference.
void add_more_special_tokens(const Settings& settings, const TokenModel& model,
                             std::vector<AddedToken>& added);

/// What the class of a tokenizer is called: "tokenizer_class" without the ending "Fast", else what
/// "model_type" of config.json stands for; empty where neither says.
std::string tokenizer_class(Folder& folder, const JsonReader& config);

}  // namespace prospect::tokenizers
