#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/vocabulary.h"

namespace prospect {

namespace tokenizers {
struct Pipeline;
}

/// The bytes of a text that a token stands for.
struct TokenSpan {
  std::uint32_t begin = 0, end = 0;
  std::int32_t sequence =
      -1;  ///< 0: the first text; 1: the second; -1: a token of the model's own.
  bool operator==(const TokenSpan&) const = default;
};

/// One text or two as token ids. All four have one item per token.
struct Encoding {
  std::vector<TokenId> ids;
  std::vector<std::int32_t> type_ids;
  std::vector<std::string> tokens;  ///< As the vocabulary writes them.
  std::vector<TokenSpan> offsets;
};

/// How an encoding is cut to a length.
struct Truncation {
  enum class Side { only_first, only_second };
  std::size_t max_length = 0;  ///< Special tokens included.
  Side side = Side::only_first;
};

/// What stands for a template's `{mask}`.
enum class AnswerForm {
  mask,        ///< Mask tokens.
  next_token,  ///< Nothing: the answer is what a causal model says next.
  sentinel,    ///< One sentinel token of an encoder's text; the decoder names what it stands for.
  target,      ///< Nothing: the answer is the decoder's whole text.
};

/// A tokenizer as the Hugging Face library `tokenizers` runs it, exact to the id.
///
/// ```
/// const auto tokenizer = open_tokenizer("models/pocket-mlm");
/// const auto ids = tokenizer->encode("It was great.", true);
/// ```
/// Texts are UTF-8. Invalid bytes are replaced by U+FFFD, each maximal invalid sequence by one, as
/// the reference receives such a text; offsets then count the bytes of the repaired text.
///
/// Immutable but for `set_max_length` and `set_answer_form`, and safe to use from many threads.
class Tokenizer final : public Vocabulary {
 public:
  explicit Tokenizer(std::unique_ptr<const tokenizers::Pipeline> pipeline);
  ~Tokenizer() override;

  std::size_t size() const override;
  std::string fingerprint() const override;
  std::vector<TokenId> encode(std::string_view text, bool special) const override;
  std::string decode(std::span<const TokenId> ids) const override { return decode(ids, false); }
  std::string token(TokenId id) const override;
  TokenTraits traits(TokenId id) const override;
  std::optional<TokenId> mask() const override;  ///< Empty for another form than `mask`.
  std::optional<TokenId> sentinel(std::size_t n) const override;
  std::vector<TokenId> encode_answer(const Template& tmpl, const Answer& answer) const override;
  Filled fill(const Template& tmpl, const Example& example,
              std::size_t num_masks = 1) const override;
  Template as_text(const Template& tmpl) const override;
  bool survives_text(const Template& tmpl, std::span<const Example> examples) const override;

  /// The ids of a text of the decoder: another vocabulary than `encode`'s where the model has two.
  std::vector<TokenId> encode_target(std::string_view text, bool special) const;

  /// Encodes one text or two.
  /// @throws Error (input) when the chosen text cannot be cut so that the whole fits.
  Encoding encode_pair(std::string_view text, std::optional<std::string_view> pair, bool special,
                       std::optional<Truncation> truncation = std::nullopt) const;

  /// The text of ids; ids without a token are left out. @param skip_special  leaves special tokens
  /// out.
  std::string decode(std::span<const TokenId> ids, bool skip_special) const;

  /// The id of a token as the vocabulary writes it.
  std::optional<TokenId> id(std::string_view token) const;

  /// The id of a token by its role: "mask_token", "cls_token", "sep_token", "pad_token",
  /// "unk_token", "bos_token", "eos_token".
  std::optional<TokenId> special(std::string_view role) const;

  /// The longest row, special tokens included, that the files or `set_max_length` allow.
  std::optional<std::size_t> max_length() const;

  /// Limits rows to the number of positions that the model has. Call it before the tokenizer is
  /// shared.
  void set_max_length(std::size_t length);

  /// What `fill` puts for `{mask}`: the first of mask, sentinel, target and next token that the
  /// vocabulary has, unless set.
  AnswerForm answer_form() const { return answer_form_; }

  /// Says what the model does; a causal one's vocabulary may have a mask token too. Call it before
  /// the tokenizer is shared.
  /// @throws Error (model) where the vocabulary has no mask token or sentinel for that form.
  void set_answer_form(AnswerForm form);

 private:
  std::vector<TokenId> encode_with(std::string_view text, bool special, bool target) const;

  std::unique_ptr<const tokenizers::Pipeline> pipeline_;
  std::optional<std::size_t> max_length_;
  AnswerForm answer_form_;
};

/// Opens the tokenizer of a Hugging Face folder: `tokenizer.json` as written, else `vocab.txt`, or
/// `vocab.json` and `merges.txt`, or a SentencePiece model (`tokenizer.model`, `spiece.model`,
/// `sentencepiece.bpe.model`; Marian's `source.spm` and `target.spm`), with
/// `tokenizer_config.json`.
/// @throws Error (io, input, unsupported, model) naming the file, the place in it and what is
/// wrong.
std::unique_ptr<Tokenizer> open_tokenizer(const std::filesystem::path& folder);

}  // namespace prospect
