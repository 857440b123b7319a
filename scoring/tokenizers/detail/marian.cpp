#include <algorithm>
#include <set>

#include "core/error.h"
#include "scoring/tokenizers/detail/added_settings.h"
#include "scoring/tokenizers/detail/kinds.h"
#include "scoring/tokenizers/detail/readers.h"
#include "scoring/tokenizers/models/sentence_piece.h"
#include "scoring/tokenizers/post_processors/kinds.h"

namespace prospect::tokenizers {
namespace {

constexpr std::string_view kMark = "\u2581";

// The reference joins the pieces between special tokens with SentencePiece, and puts a blank behind
// each of these.
class MarianDecoder final : public Decoder {
 public:
  MarianDecoder(std::shared_ptr<const PieceProcessor> processor, std::set<std::string> special)
      : processor_(std::move(processor)), special_(std::move(special)) {}

  std::vector<std::string> decode(std::vector<std::string> tokens) const override {
    std::string text;
    std::vector<std::string> pieces;
    const auto flush = [&] {
      if (!pieces.empty()) text += processor_->decode(pieces);
      pieces.clear();
    };
    for (std::string& token : tokens) {
      if (!special_.contains(token)) {
        pieces.push_back(std::move(token));
        continue;
      }
      flush();
      text += token + " ";
    }
    flush();
    for (std::size_t at = text.find(kMark); at != std::string::npos; at = text.find(kMark, at))
      text.replace(at, kMark.size(), " ");
    return {std::string(trim(text))};
  }
  Blanks blanks() const override { return Blanks::metaspace; }

 private:
  std::shared_ptr<const PieceProcessor> processor_;
  std::set<std::string> special_;
};

// A language code such as >>deu<< at the start of a text is a token, whatever stands in it.
class MarianModel final : public TokenModel {
 public:
  MarianModel(std::unique_ptr<const TokenModel> pieces, TokenId unknown)
      : pieces_(std::move(pieces)), unknown_(unknown) {}

  void tokenize(std::string_view word, std::vector<FoundToken>& tokens) const override {
    tokenize_at(word, Start::text, tokens);
  }

  void tokenize_at(std::string_view word, Start start,
                   std::vector<FoundToken>& tokens) const override {
    std::size_t end = 0;
    if (word.starts_with(">>") && start != Start::inside)
      if (const auto close = word.find("<<"); close != std::string_view::npos) end = close + 2;
    const auto begin = static_cast<std::uint32_t>(end);
    if (end > 0) tokens.push_back({id(word.substr(0, end)).value_or(unknown_), {0, begin}});
    const std::size_t before = tokens.size();
    if (end < word.size()) pieces_->tokenize_at(word.substr(end), start, tokens);
    for (std::size_t i = before; i < tokens.size(); ++i)
      tokens[i].range = {tokens[i].range.begin + begin, tokens[i].range.end + begin};
  }

  std::size_t size() const override { return pieces_->size(); }
  std::size_t num_tokens() const override { return pieces_->num_tokens(); }
  std::optional<TokenId> id(std::string_view token) const override { return pieces_->id(token); }
  std::optional<std::string_view> token(TokenId id) const override { return pieces_->token(id); }
  std::optional<TokenId> unknown() const override { return unknown_; }
  Surface surface(std::string_view token) const override { return pieces_->surface(token); }

 private:
  std::unique_ptr<const TokenModel> pieces_;
  TokenId unknown_;
};

std::shared_ptr<const PieceProcessor> read_processor(Folder& folder, const std::string& name) {
  return std::make_shared<const PieceProcessor>(
      read_piece_file(folder.read_bytes(name), folder.where(name)));
}

std::unique_ptr<const TokenModel> make_side(std::shared_ptr<const PieceProcessor> processor,
                                            const JsonReader& vocabulary,
                                            const std::string& unknown_token) {
  TokenTable table = TokenTable::from_object(vocabulary);
  const auto unknown = table.id(unknown_token);
  if (!unknown)
    fail(ErrorKind::model, vocabulary.where(), "expected the unknown token '", unknown_token,
         "' in the vocabulary, found no such token");
  PieceOptions options;
  options.by_text = true;
  return std::make_unique<MarianModel>(
      make_sentence_piece(std::move(processor), std::move(table), {}, *unknown, options), *unknown);
}

}  // namespace

// The reference's tokenizer has a Moses punctuation normalizer and does not call it when it
// encodes.
void read_marian(Folder& folder, const Settings& settings, Pipeline& pipeline) {
  const JsonReader config = settings.config();
  if (boolean_or(config, "separate_vocabs", false))
    fail(ErrorKind::unsupported, config.at("separate_vocabs").where(),
         "expected one vocabulary for source and target, found separate_vocabs");
  for (const char* name : {"target.spm", "vocab.json"})
    if (!folder.has(name))
      fail(ErrorKind::model, folder.where(), "expected ", name,
           " beside source.spm, found no such file");
  const std::string where = folder.where("vocab.json");
  const Json json = parse_json(folder.read("vocab.json"), where);
  const JsonReader vocabulary(json, where);
  const auto source = read_processor(folder, "source.spm");
  const auto unknown = settings.token("unk_token");
  const std::string unknown_token = unknown ? unknown->content : "<unk>";
  pipeline.model = make_side(source, vocabulary, unknown_token);
  pipeline.target_model =
      make_side(read_processor(folder, "target.spm"), vocabulary, unknown_token);

  auto added = read_added_settings(folder, config, *pipeline.model, "vocab.json");
  std::set<std::string> special;
  constexpr std::pair<const char*, const char*> kUsual[] = {
      {"eos_token", "</s>"}, {"unk_token", "<unk>"}, {"pad_token", "<pad>"}};
  for (const auto& [role, usual] : kUsual) {
    const auto named = settings.token(role);
    const std::string content = named ? named->content : usual;
    pipeline.special[role] =
        add_special_token({.content = content, .where = where}, role, *pipeline.model, added);
    special.insert(content);
  }
  add_more_special_tokens(settings, *pipeline.model, added);
  for (const AddedToken& token : added)
    if (token.special) special.insert(token.content);
  pipeline.added = AddedTokens(std::move(added), nullptr);
  pipeline.decoder = std::make_unique<MarianDecoder>(source, std::move(special));

  using Kind = FramePart::Kind;
  const FramePart eos{Kind::special, pipeline.special.at("eos_token"), 0};
  pipeline.post_processor = std::make_unique<FixedFrames>(
      Frame{{Kind::first, 0, 0}, eos}, Frame{{Kind::first, 0, 0}, {Kind::second, 0, 0}, eos});
}

}  // namespace prospect::tokenizers
