#include <algorithm>
#include <array>
#include <string_view>

#include "core/error.h"
#include "scoring/tokenizers/decoders/kinds.h"
#include "scoring/tokenizers/detail/kinds.h"
#include "scoring/tokenizers/detail/readers.h"
#include "scoring/tokenizers/models/kinds.h"
#include "scoring/tokenizers/post_processors/kinds.h"

namespace prospect::tokenizers {
namespace {

constexpr std::array<std::string_view, 8> kBertLike{
    "BertTokenizer",     "ConvBertTokenizer",   "DistilBertTokenizer", "ElectraTokenizer",
    "LayoutLMTokenizer", "MobileBertTokenizer", "RetriBertTokenizer",  "SqueezeBertTokenizer"};

void check_class(const JsonReader& config) {
  const auto member = optional_member(config, "tokenizer_class");
  if (!member) return;
  std::string name = member->string();
  if (name.ends_with("Fast")) name.resize(name.size() - 4);
  if (std::find(kBertLike.begin(), kBertLike.end(), name) == kBertLike.end())
    fail(ErrorKind::unsupported, member->where(),
         "expected a BertTokenizer beside vocab.txt, found '", name,
         "'; save the tokenizer as tokenizer.json");
}

TokenId read_id(const std::string& key, const std::string& where) {
  const bool digits =
      !key.empty() && key.size() < 10 &&
      std::all_of(key.begin(), key.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!digits) fail(ErrorKind::input, where, "expected an id as key, found '", key, "'");
  return static_cast<TokenId>(std::stol(key));
}

// Tokens that are added to a vocabulary must not contradict it.
void check_id(const AddedToken& token, const TokenModel& model, const std::string& where) {
  const auto in_model = model.id(token.content);
  const auto in_place = model.token(token.id);
  const std::size_t most = model.size() + model.size() / 2 + 100'000;
  if (in_model ? *in_model != token.id : in_place.has_value())
    fail(ErrorKind::model, where, "expected an id that agrees with vocab.txt, found ", token.id,
         " for '", token.content, "'");
  if (static_cast<std::size_t>(token.id) > most)
    fail(ErrorKind::model, where, "expected an id near the end of vocab.txt, found ", token.id);
}

// {"added_tokens_decoder": {"104": {"content": ...}}} of tokenizer_config.json, and the older file
// added_tokens.json, {"token": 104}.
std::vector<AddedToken> read_added(Folder& folder, const JsonReader& config,
                                   const TokenModel& model) {
  std::vector<AddedToken> tokens;
  if (const auto decoder = optional_member(config, "added_tokens_decoder")) {
    for (const auto& [key, item] : decoder->members()) {
      AddedToken token = read_added_token(item);
      token.id = read_id(key, item.where());
      check_id(token, model, item.where());
      tokens.push_back(std::move(token));
    }
  }
  const Json older = folder.read_object("added_tokens.json");
  for (const auto& [content, id] : JsonReader(older, folder.where("added_tokens.json")).members()) {
    AddedToken token{.content = content, .normalized = true};
    token.id = static_cast<TokenId>(id.integer(0, INT32_MAX));
    check_id(token, model, id.where());
    const bool known = std::any_of(tokens.begin(), tokens.end(),
                                   [&](const AddedToken& t) { return t.content == token.content; });
    if (!known) tokens.push_back(std::move(token));
  }
  std::sort(tokens.begin(), tokens.end(),
            [](const AddedToken& a, const AddedToken& b) { return a.id < b.id; });
  return tokens;
}

// The id of the token with a role, which is made an added token.
TokenId add_special(const Settings& settings, const std::string& role, const std::string& usual,
                    const TokenModel& model, std::vector<AddedToken>& added,
                    const std::string& where) {
  const auto named = settings.token(role);
  const std::string content = named ? named->content : usual;
  const auto known = std::find_if(added.begin(), added.end(),
                                  [&](const AddedToken& t) { return t.content == content; });
  if (known != added.end()) {
    known->special = true;
    return known->id;
  }
  const auto id = model.id(content);
  if (!id)
    fail(ErrorKind::model, where, "expected the ", role, " '", content,
         "' in the vocabulary, found no such token");
  added.push_back({.content = content, .id = *id, .special = true});
  return *id;
}

std::unique_ptr<const Normalizer> make_normalizer_of(const JsonReader& config) {
  const bool lower = boolean_or(config, "do_lower_case", true);
  const Json options{{"clean_text", true},
                     {"handle_chinese_chars", boolean_or(config, "tokenize_chinese_chars", true)},
                     {"strip_accents", boolean_or(config, "strip_accents", lower)},
                     {"lowercase", lower},
                     {"type", "BertNormalizer"}};
  return make_normalizer({options, config.where()});
}

}  // namespace

// The reference's fast tokenizer does not look at "never_split", and neither does this.
void read_vocab_txt(Folder& folder, const Settings& settings, Pipeline& pipeline) {
  const JsonReader config = settings.config();
  check_class(config);
  const std::string where = folder.where("vocab.txt");
  WordPieceOptions options;
  if (const auto unknown = settings.token("unk_token")) options.unknown_token = unknown->content;
  pipeline.model = make_word_piece(TokenTable::from_lines(folder.read_lines("vocab.txt"), where),
                                   options, where);
  pipeline.normalizer = make_normalizer_of(config);
  const Json pre_tokenizer{{"type", "BertPreTokenizer"}};
  pipeline.pre_tokenizer = make_pre_tokenizer({pre_tokenizer, where});
  pipeline.decoder = make_word_piece_decoder("##", true);

  auto added = read_added(folder, config, *pipeline.model);
  const auto special = [&](const char* role, const char* usual) {
    return add_special(settings, role, usual, *pipeline.model, added, where);
  };
  special("unk_token", "[UNK]");
  special("pad_token", "[PAD]");
  special("mask_token", "[MASK]");
  const TokenId cls = special("cls_token", "[CLS]"), sep = special("sep_token", "[SEP]");
  pipeline.added = AddedTokens(std::move(added), pipeline.normalizer.get());
  pipeline.post_processor = make_bert_processing(cls, sep);
}

}  // namespace prospect::tokenizers
