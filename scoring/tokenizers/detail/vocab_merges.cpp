#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "core/error.h"
#include "scoring/tokenizers/decoders/kinds.h"
#include "scoring/tokenizers/detail/added_settings.h"
#include "scoring/tokenizers/detail/kinds.h"
#include "scoring/tokenizers/detail/readers.h"
#include "scoring/tokenizers/models/kinds.h"
#include "scoring/tokenizers/post_processors/kinds.h"
#include "scoring/tokenizers/pre_tokenizers/kinds.h"

namespace prospect::tokenizers {
namespace {

enum class Style { gpt2, neox, roberta, qwen2 };

constexpr std::pair<std::string_view, Style> kStyles[] = {
    {"BartTokenizer", Style::roberta}, {"CodeGenTokenizer", Style::gpt2},
    {"GPT2Tokenizer", Style::gpt2},    {"GPTNeoXTokenizer", Style::neox},
    {"LEDTokenizer", Style::roberta},  {"LongformerTokenizer", Style::roberta},
    {"Qwen2Tokenizer", Style::qwen2},  {"RobertaTokenizer", Style::roberta},
};

constexpr const char* kQwen2Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

Style read_style(Folder& folder, const JsonReader& config) {
  const std::string name = tokenizer_class(folder, config);
  for (const auto& [known, style] : kStyles)
    if (known == name) return style;
  const char* advice = "save the tokenizer as tokenizer.json";
  if (name.empty())
    fail(ErrorKind::unsupported, config.where(),
         "expected a tokenizer_class beside vocab.json and merges.txt, found none; ", advice);
  fail(ErrorKind::unsupported, config.where(),
       "expected a GPT2Tokenizer, GPTNeoXTokenizer, RobertaTokenizer or Qwen2Tokenizer beside "
       "vocab.json and merges.txt, found '",
       name, "'; ", advice);
}

std::vector<MergeRule> read_merge_lines(Folder& folder) {
  const auto lines = folder.read_lines("merges.txt");
  std::vector<MergeRule> merges;
  merges.reserve(lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].empty() || lines[i].starts_with("#version")) continue;
    merges.push_back(
        read_merge(lines[i], folder.where("merges.txt") + ":" + std::to_string(i + 1)));
  }
  return merges;
}

// What a role is when no file names it; an empty string where there is no such token.
std::string usual_token(Style style, std::string_view role) {
  if (style == Style::roberta) {
    if (role == "bos_token" || role == "cls_token") return "<s>";
    if (role == "eos_token" || role == "sep_token") return "</s>";
    return "<" + std::string(role.substr(0, role.find('_'))) + ">";
  }
  const bool is_end = role == "eos_token" || role == "unk_token" ||
                      (role == "bos_token" && style != Style::qwen2) ||
                      (role == "pad_token" && style == Style::qwen2);
  return is_end ? "<|endoftext|>" : "";
}

void add_special_tokens(const Settings& settings, Style style, Pipeline& pipeline,
                        std::vector<AddedToken>& added) {
  for (const std::string role : {"bos_token", "eos_token", "unk_token", "sep_token", "pad_token",
                                 "cls_token", "mask_token"}) {
    auto token = settings.token(role);
    if (!token && !settings.denies(role)) {
      const std::string usual = usual_token(style, role);
      if (usual.empty() || !pipeline.model->id(usual)) continue;
      token = Settings::Token{.content = usual};
    }
    if (!token) continue;
    // RoBERTa's mask takes the blank before it along, also where the files do not say so.
    if (style == Style::roberta && role == "mask_token") token->lstrip = true;
    pipeline.special[role] = add_special_token(*token, role, *pipeline.model, added);
  }
}

TokenId required(const Pipeline& pipeline, const std::string& role, const std::string& where) {
  const auto token = pipeline.special.find(role);
  if (token == pipeline.special.end())
    fail(ErrorKind::model, where, "expected a ", role, ", found none");
  return token->second;
}

// `bos A eos` and `bos A eos bos B eos`, each where it is wanted.
std::unique_ptr<const PostProcessor> make_frames(const Pipeline& pipeline,
                                                 const JsonReader& config) {
  using Kind = FramePart::Kind;
  const bool bos = boolean_or(config, "add_bos_token", false);
  const bool eos = boolean_or(config, "add_eos_token", false);
  if (!bos && !eos) return make_bare_post_processor();
  Frame pair, single;
  for (const Kind kind : {Kind::first, Kind::second}) {
    if (bos) pair.push_back({Kind::special, required(pipeline, "bos_token", config.where()), 0});
    pair.push_back({kind, 0, 0});
    if (eos) pair.push_back({Kind::special, required(pipeline, "eos_token", config.where()), 0});
    if (kind == Kind::first) single = pair;
  }
  return std::make_unique<FixedFrames>(std::move(single), std::move(pair));
}

std::unique_ptr<const PreTokenizer> make_pre_tokenizer_of(Style style, bool add_prefix_space,
                                                          const std::string& where) {
  if (style != Style::qwen2) return make_byte_level(add_prefix_space, true);
  const Json split{
      {"type", "Split"}, {"pattern", {{"Regex", kQwen2Pattern}}}, {"behavior", "Isolated"}};
  const Json bytes{{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}};
  const Json sequence{{"type", "Sequence"}, {"pretokenizers", {split, bytes}}};
  return make_pre_tokenizer({sequence, where});
}

}  // namespace

void read_vocab_merges(Folder& folder, const Settings& settings, Pipeline& pipeline) {
  const JsonReader config = settings.config();
  const Style style = read_style(folder, config);
  const std::string where = folder.where("vocab.json");
  const Json vocabulary = parse_json(folder.read("vocab.json"), where);
  pipeline.model =
      make_bpe(TokenTable::from_object({vocabulary, where}), read_merge_lines(folder), {});

  const bool prefix = boolean_or(config, "add_prefix_space", false);
  if (style == Style::neox || style == Style::qwen2) {
    const Json normalizer{{"type", "NFC"}};
    pipeline.normalizer = make_normalizer({normalizer, where});
  }
  pipeline.pre_tokenizer = make_pre_tokenizer_of(style, prefix, where);
  pipeline.decoder = make_byte_level_decoder();
  auto added = read_added_settings(folder, config, *pipeline.model, "vocab.json");
  add_special_tokens(settings, style, pipeline, added);
  pipeline.added = AddedTokens(std::move(added), pipeline.normalizer.get());
  if (style == Style::roberta)
    pipeline.post_processor = make_roberta_processing(
        required(pipeline, "cls_token", where), required(pipeline, "sep_token", where),
        {boolean_or(config, "trim_offsets", true), prefix});
  else
    pipeline.post_processor = make_frames(pipeline, config);
}

}  // namespace prospect::tokenizers
