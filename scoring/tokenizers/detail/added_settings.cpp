#include "scoring/tokenizers/detail/added_settings.h"

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "scoring/tokenizers/detail/kinds.h"

namespace prospect::tokenizers {
namespace {

constexpr std::pair<std::string_view, std::string_view> kClassOfModel[] = {
    {"albert", "AlbertTokenizer"},
    {"bart", "BartTokenizer"},
    {"camembert", "CamembertTokenizer"},
    {"gemma", "GemmaTokenizer"},
    {"gemma2", "GemmaTokenizer"},
    {"gemma3_text", "GemmaTokenizer"},
    {"gpt2", "GPT2Tokenizer"},
    {"gpt_neo", "GPT2Tokenizer"},
    {"gpt_neox", "GPTNeoXTokenizer"},
    {"gptj", "GPT2Tokenizer"},
    {"llama", "LlamaTokenizer"},
    {"longformer", "LongformerTokenizer"},
    {"marian", "MarianTokenizer"},
    {"mistral", "LlamaTokenizer"},
    {"mt5", "T5Tokenizer"},
    {"opt", "GPT2Tokenizer"},
    {"qwen2", "Qwen2Tokenizer"},
    {"qwen3", "Qwen2Tokenizer"},
    {"roberta", "RobertaTokenizer"},
    {"t5", "T5Tokenizer"},
    {"xlm-roberta", "XLMRobertaTokenizer"},
};

TokenId read_id(const std::string& key, const std::string& where) {
  const bool digits =
      !key.empty() && key.size() < 10 &&
      std::all_of(key.begin(), key.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!digits) fail(ErrorKind::input, where, "expected an id as key, found '", key, "'");
  return static_cast<TokenId>(std::stol(key));
}

// Tokens that are added to a vocabulary must not contradict it.
void check_id(const AddedToken& token, const TokenModel& model, const std::string& where,
              const std::string& vocabulary) {
  const auto in_model = model.id(token.content);
  const auto in_place = model.token(token.id);
  const std::size_t most = model.size() + model.size() / 2 + 100'000;
  if (in_model ? *in_model != token.id : in_place.has_value())
    fail(ErrorKind::model, where, "expected an id that agrees with ", vocabulary, ", found ",
         token.id, " for '", token.content, "'");
  if (static_cast<std::size_t>(token.id) > most)
    fail(ErrorKind::model, where, "expected an id near the end of ", vocabulary, ", found ",
         token.id);
}

}  // namespace

std::vector<AddedToken> read_added_settings(Folder& folder, const JsonReader& config,
                                            const TokenModel& model,
                                            const std::string& vocabulary) {
  std::vector<AddedToken> tokens;
  if (const auto decoder = optional_member(config, "added_tokens_decoder")) {
    for (const auto& [key, item] : decoder->members()) {
      AddedToken token = read_added_token(item);
      token.id = read_id(key, item.where());
      check_id(token, model, item.where(), vocabulary);
      tokens.push_back(std::move(token));
    }
  }
  const Json older = folder.read_object("added_tokens.json");
  for (const auto& [content, id] : JsonReader(older, folder.where("added_tokens.json")).members()) {
    AddedToken token{.content = content, .normalized = true};
    token.id = static_cast<TokenId>(id.integer(0, INT32_MAX));
    check_id(token, model, id.where(), vocabulary);
    const bool known = std::any_of(tokens.begin(), tokens.end(),
                                   [&](const AddedToken& t) { return t.content == token.content; });
    if (!known) tokens.push_back(std::move(token));
  }
  std::sort(tokens.begin(), tokens.end(),
            [](const AddedToken& a, const AddedToken& b) { return a.id < b.id; });
  return tokens;
}

TokenId add_special_token(const Settings::Token& token, const std::string& role,
                          const TokenModel& model, std::vector<AddedToken>& added) {
  const auto known = std::find_if(added.begin(), added.end(),
                                  [&](const AddedToken& t) { return t.content == token.content; });
  if (known != added.end()) {
    known->special = true;
    return known->id;
  }
  const auto id = model.id(token.content);
  if (!id)
    fail(ErrorKind::model, token.where, "expected the ", role, " '", token.content,
         "' in the vocabulary, found no such token");
  added.push_back({.content = token.content,
                   .id = *id,
                   .single_word = token.single_word,
                   .lstrip = token.lstrip,
                   .rstrip = token.rstrip,
                   .normalized = token.normalized,
                   .special = true});
  return *id;
}

void add_more_special_tokens(const Settings& settings, const TokenModel& model,
                             std::vector<AddedToken>& added) {
  for (const Settings::Token& token : settings.more_tokens()) {
    if (token.content.empty()) continue;
    const bool known = std::any_of(added.begin(), added.end(),
                                   [&](const AddedToken& t) { return t.content == token.content; });
    if (known || model.id(token.content)) {
      add_special_token(token, "additional special token", model, added);
      continue;
    }
    auto next = static_cast<TokenId>(model.size());
    for (const AddedToken& other : added) next = std::max(next, other.id + 1);
    added.push_back({.content = token.content,
                     .id = next,
                     .single_word = token.single_word,
                     .lstrip = token.lstrip,
                     .rstrip = token.rstrip,
                     .normalized = token.normalized,
                     .special = true});
  }
}

std::string tokenizer_class(Folder& folder, const JsonReader& config) {
  if (const auto member = optional_member(config, "tokenizer_class")) {
    std::string name = member->string();
    if (name.ends_with("Fast")) name.resize(name.size() - 4);
    // The names of the base classes say nothing.
    if (name != "PreTrainedTokenizer" && name != "TokenizersBackend") return name;
  }
  const Json model = folder.read_object("config.json");
  const JsonReader reader(model, folder.where("config.json"));
  const auto type = optional_member(reader, "model_type");
  if (!type) return "";
  const std::string name = type->string();
  for (const auto& [model_type, tokenizer] : kClassOfModel)
    if (model_type == name) return std::string(tokenizer);
  return "";
}

}  // namespace prospect::tokenizers
