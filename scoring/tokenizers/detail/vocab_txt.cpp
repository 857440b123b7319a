#include <algorithm>
#include <array>
#include <string_view>

#include "core/error.h"
#include "scoring/tokenizers/decoders/kinds.h"
#include "scoring/tokenizers/detail/added_settings.h"
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

  auto added = read_added_settings(folder, config, *pipeline.model, "vocab.txt");
  const auto special = [&](const char* role, const char* usual) {
    const auto named = settings.token(role);
    return add_special_token({.content = named ? named->content : usual, .where = where}, role,
                             *pipeline.model, added);
  };
  special("unk_token", "[UNK]");
  special("pad_token", "[PAD]");
  special("mask_token", "[MASK]");
  const TokenId cls = special("cls_token", "[CLS]"), sep = special("sep_token", "[SEP]");
  pipeline.added = AddedTokens(std::move(added), pipeline.normalizer.get());
  pipeline.post_processor = make_bert_processing(cls, sep);
}

}  // namespace prospect::tokenizers
