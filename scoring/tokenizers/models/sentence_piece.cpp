#include "scoring/tokenizers/models/sentence_piece.h"

#include <mutex>

#include "core/error.h"
#include "core/own_library.h"
#include "scoring/tokenizers/detail/unicode.h"

namespace prospect::tokenizers {
namespace {

// A second normalizer_spec with add_dummy_prefix = false: a protocol buffer's later fields win.
constexpr std::string_view kNoDummyPrefix("\x1A\x02\x18\x00", 4);
constexpr std::string_view kMark = "\u2581";

std::unique_ptr<const PieceLibrary> load(const std::string& bytes, const std::string& where) {
  static const auto open =
      reinterpret_cast<OpenPieces>(own_library_function(kPieceFile, kOpenPieces));
  std::string reason;
  std::unique_ptr<const PieceLibrary> processor(open(bytes, reason));
  if (processor == nullptr)
    fail(ErrorKind::model, where, "expected a model that SentencePiece can use, found: ", reason);
  return processor;
}

bool starts_with_space(std::string_view text) {
  std::size_t offset = 0;
  return !text.empty() && is_white_space(next_code_point(text, offset));
}

class SentencePiece final : public TokenModel {
 public:
  SentencePiece(std::shared_ptr<const PieceProcessor> processor, TokenTable table,
                std::vector<TokenId> ids, TokenId unknown, const PieceOptions& options)
      : processor_(std::move(processor)),
        table_(std::move(table)),
        ids_(std::move(ids)),
        unknown_(unknown),
        options_(options) {}

  void tokenize(std::string_view word, std::vector<FoundToken>& tokens) const override {
    tokenize_at(word, Start::text, tokens);
  }

  void tokenize_at(std::string_view word, Start start,
                   std::vector<FoundToken>& tokens) const override {
    for (const auto& found : processor_->encode(word, wants_blank(word, start))) {
      if (options_.splits_digit_comma && ends_with_digit_comma(found.piece))
        add_without_comma(found, tokens);
      else
        tokens.push_back({id_of(found), found.range});
    }
  }

  std::size_t size() const override { return table_.size(); }
  std::size_t num_tokens() const override { return table_.num_tokens(); }
  std::optional<TokenId> id(std::string_view token) const override { return table_.id(token); }
  std::optional<std::string_view> token(TokenId id) const override { return table_.token(id); }
  std::optional<TokenId> unknown() const override { return unknown_; }
  Surface surface(std::string_view token) const override {
    const bool word_start = token.starts_with(kMark);
    return {word_start ? token.substr(kMark.size()) : token, word_start};
  }

 private:
  bool wants_blank(std::string_view word, Start start) const {
    if (options_.blank == PieceBlank::never) return false;
    if (start == Start::text) return true;
    if (start == Start::piece && options_.blank == PieceBlank::always) return true;
    // A model that drops the blank at the start of what goes on must put it there again.
    return processor_->file().removes_blanks && starts_with_space(word);
  }

  TokenId id_of(const PieceProcessor::Found& found) const {
    if (options_.by_text) return table_.id(found.piece).value_or(unknown_);
    return found.index < ids_.size() ? ids_[found.index] : unknown_;
  }

  static bool ends_with_digit_comma(std::string_view piece) {
    return piece.size() > 1 && piece.back() == ',' &&
           is_numeric(last_code_point(piece.substr(0, piece.size() - 1)));
  }

  // The number is tokenised alone, as if it went on where it stands.
  void add_without_comma(const PieceProcessor::Found& found,
                         std::vector<FoundToken>& tokens) const {
    const bool word_start = found.piece.starts_with(kMark);
    std::string number = found.piece.substr(0, found.piece.size() - 1);
    if (word_start) number.erase(0, kMark.size());
    const Range before{found.range.begin, std::max(found.range.begin, found.range.end - 1)};
    auto parts = processor_->encode(number, true);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      auto& part = parts[i];
      part.range = before;
      if (i > 0 || word_start || !part.piece.starts_with(kMark)) {
        tokens.push_back({id_of(part), before});
        continue;
      }
      part.piece.erase(0, kMark.size());
      if (!part.piece.empty()) tokens.push_back({table_.id(part.piece).value_or(unknown_), before});
    }
    tokens.push_back({table_.id(",").value_or(unknown_), {before.end, found.range.end}});
  }

  std::shared_ptr<const PieceProcessor> processor_;
  TokenTable table_;
  std::vector<TokenId> ids_;
  TokenId unknown_;
  PieceOptions options_;
};

}  // namespace

// Made when it is first needed: a large vocabulary takes time to load.
struct PieceProcessor::WithoutBlank {
  std::once_flag once;
  std::unique_ptr<const PieceLibrary> processor;
};

PieceProcessor::PieceProcessor(PieceFile file)
    : file_(std::move(file)),
      processor_(load(file_.bytes, file_.where)),
      without_blank_(std::make_unique<WithoutBlank>()) {}

PieceProcessor::~PieceProcessor() = default;

std::optional<std::size_t> PieceProcessor::unknown() const {
  for (std::size_t i = 0; i < file_.pieces.size(); ++i)
    if (processor_->is_unknown(i)) return i;
  return std::nullopt;
}

const PieceLibrary& PieceProcessor::processor(bool blank) const {
  if (blank || !file_.adds_blank) return *processor_;
  std::call_once(without_blank_->once, [this] {
    without_blank_->processor = load(file_.bytes + std::string(kNoDummyPrefix), file_.where);
  });
  return *without_blank_->processor;
}

std::vector<PieceProcessor::Found> PieceProcessor::encode(std::string_view text, bool blank) const {
  auto pieces = processor(blank).encode(text);
  std::vector<Found> found;
  found.reserve(pieces.size());
  for (auto& piece : pieces)
    found.push_back({std::move(piece.text), piece.index, {piece.begin, piece.end}});
  return found;
}

std::string PieceProcessor::decode(const std::vector<std::string>& pieces) const {
  return processor_->decode(pieces);
}

std::unique_ptr<const TokenModel> make_sentence_piece(
    std::shared_ptr<const PieceProcessor> processor, TokenTable table, std::vector<TokenId> ids,
    TokenId unknown, const PieceOptions& options) {
  return std::make_unique<SentencePiece>(std::move(processor), std::move(table), std::move(ids),
                                         unknown, options);
}

}  // namespace prospect::tokenizers
