#include <algorithm>

#include "core/error.h"
#include "scoring/tokenizers/detail/added_settings.h"
#include "scoring/tokenizers/detail/kinds.h"
#include "scoring/tokenizers/detail/piece_families.h"
#include "scoring/tokenizers/detail/readers.h"
#include "scoring/tokenizers/post_processors/kinds.h"

namespace prospect::tokenizers {
namespace {

constexpr std::int64_t kUsualSentinels = 100, kMostSentinels = 100'000;
constexpr std::string_view kSentinel = "<extra_id_";

const PieceFamily& find_family(Folder& folder, const JsonReader& config) {
  const std::string name = tokenizer_class(folder, config);
  std::vector<std::string> known;
  for (const PieceFamily& family : piece_families()) {
    if (family.name == name) return family;
    known.emplace_back(family.name);
  }
  fail(ErrorKind::unsupported, config.where(),
       "expected a tokenizer_class that says how a SentencePiece model is used (",
       join(known, ", "), "), found ", name.empty() ? "none" : "'" + name + "'",
       "; save the tokenizer as tokenizer.json");
}

// How many <extra_id_…> a T5 tokenizer has beside its pieces.
std::size_t count_sentinels(const JsonReader& config) {
  std::size_t listed = 0;
  if (const auto more = optional_member(config, "additional_special_tokens"))
    for (const auto& item : more->items()) {
      const std::string content =
          item.value().is_object() ? item.at("content").string() : item.string();
      listed += content.find(kSentinel) != std::string::npos ? 1 : 0;
    }
  const auto member = optional_member(config, "extra_ids");
  if (!member) return listed > 0 ? listed : static_cast<std::size_t>(kUsualSentinels);
  const auto count = static_cast<std::size_t>(member->integer(0, kMostSentinels));
  if (listed > 0 && count > 0 && listed != count)
    fail(ErrorKind::model, member->where(), "expected ", listed,
         " as in additional_special_tokens, found ", count);
  return count;
}

struct Numbering {
  std::vector<std::string> tokens;  // by id
  std::vector<TokenId> ids;         // by piece
};

// `first` tokens, then the pieces from the place `from` on, then the mask.
Numbering number_behind(std::vector<std::string> first, const std::vector<std::string>& pieces,
                        std::size_t from, TokenId unknown) {
  Numbering result{std::move(first), std::vector<TokenId>(pieces.size(), unknown)};
  for (std::size_t i = from; i < pieces.size(); ++i) {
    result.ids[i] = static_cast<TokenId>(result.tokens.size());
    result.tokens.push_back(pieces[i]);
  }
  result.tokens.emplace_back("<mask>");
  return result;
}

Numbering number_tokens(const PieceFamily& family, const std::vector<std::string>& pieces,
                        const JsonReader& config) {
  if (family.ids == PieceIds::fairseq)
    return number_behind({"<s>", "<pad>", "</s>", "<unk>"}, pieces, 3, 3);
  if (family.ids == PieceIds::camembert)
    return number_behind({"<s>NOTUSED", "<pad>", "</s>NOTUSED", "<unk>", "<unk>NOTUSED"}, pieces, 1,
                         3);
  Numbering result{pieces, std::vector<TokenId>(pieces.size())};
  for (std::size_t i = 0; i < pieces.size(); ++i) result.ids[i] = static_cast<TokenId>(i);
  if (family.ids == PieceIds::sentinels)
    for (std::size_t i = count_sentinels(config); i-- > 0;)
      result.tokens.push_back(std::string(kSentinel) + std::to_string(i) + ">");
  return result;
}

// Where the first piece must be the unknown one, or the renumbering is another than the family's.
void check_order(const PieceFamily& family, const PieceProcessor& processor) {
  const auto& file = processor.file();
  if (!processor.unknown())
    fail(ErrorKind::model, file.where, "expected a piece for unknown characters, found none");
  const bool renumbered = family.ids == PieceIds::fairseq || family.ids == PieceIds::camembert;
  if (renumbered && (processor.unknown() != std::size_t{0} || file.pieces.size() < 3))
    fail(ErrorKind::model, file.where,
         "expected <unk>, <s> and </s> as the first three pieces, as a ", family.name,
         " has them, found <unk> at ", *processor.unknown(), " of ", file.pieces.size());
}

PieceBlank read_blank(const PieceFamily& family, const JsonReader& config) {
  if (!boolean_or(config, "add_prefix_space", true)) return PieceBlank::never;
  const bool has_legacy = family.name == "LlamaTokenizer" || family.name == "T5Tokenizer";
  return has_legacy && !boolean_or(config, "legacy", true) ? PieceBlank::first : PieceBlank::always;
}

void make_normalizer_of(const PieceFamily& family, const JsonReader& config, Pipeline& pipeline) {
  if (!family.strips_accents) return;
  const auto replace = [](const char* from) {
    return Json{{"type", "Replace"}, {"pattern", {{"String", from}}}, {"content", "\""}};
  };
  Json steps{replace("``"), replace("''")};
  if (!boolean_or(config, "keep_accents", false)) {
    steps.push_back({{"type", "NFKD"}});
    steps.push_back({{"type", "StripAccents"}});
  }
  if (boolean_or(config, "do_lower_case", true)) steps.push_back({{"type", "Lowercase"}});
  const Json sequence{{"type", "Sequence"}, {"normalizers", steps}};
  pipeline.normalizer = make_normalizer({sequence, config.where()});
}

void make_decoder_of(const PieceFamily& family, PieceBlank blank, const JsonReader& config,
                     Pipeline& pipeline) {
  Json decoder{{"type", "Metaspace"}, {"replacement", "\u2581"}, {"prepend_scheme", "always"}};
  if (family.frame == PieceFrame::bos_eos) {
    Json steps{
        {{"type", "Replace"}, {"pattern", {{"String", "\u2581"}}}, {"content", " "}},
        {{"type", "ByteFallback"}},
        {{"type", "Fuse"}},
    };
    if (blank != PieceBlank::never)
      steps.push_back({{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}});
    decoder = {{"type", "Sequence"}, {"decoders", steps}};
  }
  pipeline.decoder = make_decoder({decoder, config.where()});
}

TokenId role(const Pipeline& pipeline, const std::string& name, const std::string& where) {
  const auto token = pipeline.special.find(name);
  if (token == pipeline.special.end())
    fail(ErrorKind::model, where, "expected a ", name, ", found none");
  return token->second;
}

std::unique_ptr<const PostProcessor> make_frames(const PieceFamily& family,
                                                 const Pipeline& pipeline,
                                                 const JsonReader& config) {
  using Kind = FramePart::Kind;
  const auto id = [&](const char* name) { return role(pipeline, name, config.where()); };
  if (family.frame == PieceFrame::bert)
    return make_bert_processing(id("cls_token"), id("sep_token"));
  if (family.frame == PieceFrame::roberta)
    return make_roberta_processing(id("cls_token"), id("sep_token"), {});
  const bool causal = family.frame == PieceFrame::bos_eos;
  const bool bos = causal && boolean_or(config, "add_bos_token", true);
  const bool eos = !causal || boolean_or(config, "add_eos_token", false);
  Frame pair, single;
  for (const Kind kind : {Kind::first, Kind::second}) {
    const std::int32_t type = causal && kind == Kind::second ? 1 : 0;
    if (bos) pair.push_back({Kind::special, id("bos_token"), type});
    pair.push_back({kind, 0, type});
    if (eos) pair.push_back({Kind::special, id("eos_token"), type});
    if (kind == Kind::first) single = pair;
  }
  return std::make_unique<FixedFrames>(std::move(single), std::move(pair));
}

void add_tokens(const PieceFamily& family, Folder& folder, const Settings& settings,
                Pipeline& pipeline) {
  const JsonReader config = settings.config();
  auto added = read_added_settings(folder, config, *pipeline.model, std::string(family.file));
  for (const UsualToken& usual : family.usual) {
    const std::string name(usual.role);
    auto token = settings.token(name);
    if (!token && settings.denies(name)) continue;
    if (!token)
      token = Settings::Token{.content = std::string(usual.content),
                              .where = folder.where(std::string(family.file))};
    token->lstrip = token->lstrip || usual.lstrip;
    // The pieces of a model may lack what a family has and its texts do not need, such as <pad>.
    if (!pipeline.model->id(token->content) && name == "pad_token") continue;
    pipeline.special[name] = add_special_token(*token, name, *pipeline.model, added);
  }
  // T5's sentinels are special whether or not a file lists them.
  for (std::size_t i = 0; family.ids == PieceIds::sentinels && i < pipeline.model->size(); ++i) {
    const auto content = pipeline.model->token(static_cast<TokenId>(i));
    if (content && content->starts_with(kSentinel))
      add_special_token({.content = std::string(*content)}, "sentinel", *pipeline.model, added);
  }
  add_more_special_tokens(settings, *pipeline.model, added);
  pipeline.added = AddedTokens(std::move(added), pipeline.normalizer.get());
}

}  // namespace

void read_piece_model(Folder& folder, const Settings& settings, Pipeline& pipeline) {
  const JsonReader config = settings.config();
  const PieceFamily& family = find_family(folder, config);
  const std::string name(family.file);
  if (!folder.has(name))
    fail(ErrorKind::model, folder.where(), "expected ", name, ", the vocabulary of a ", family.name,
         ", found no such file");
  const auto processor = std::make_shared<const PieceProcessor>(
      read_piece_file(folder.read_bytes(name), folder.where(name)));
  check_order(family, *processor);

  PieceOptions options;
  options.blank = read_blank(family, config);
  options.splits_digit_comma = family.strips_accents;
  Numbering numbers = number_tokens(family, processor->file().pieces, config);
  const TokenId unknown = numbers.ids[*processor->unknown()];
  pipeline.model = make_sentence_piece(processor, TokenTable::from_list(std::move(numbers.tokens)),
                                       std::move(numbers.ids), unknown, options);
  make_normalizer_of(family, config, pipeline);
  make_decoder_of(family, options.blank, config, pipeline);
  add_tokens(family, folder, settings, pipeline);
  pipeline.post_processor = make_frames(family, pipeline, config);
}

}  // namespace prospect::tokenizers
