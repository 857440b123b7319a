#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/task.h"
#include "core/template.h"

namespace prospect {

/// What a token is, as far as searches filter by it.
struct TokenTraits {
  bool special = false;      ///< An added token that is not text: [CLS], [MASK], <s>.
  bool unused = false;       ///< A reserve entry such as [unused7], or an id without a token.
  bool word_start = false;   ///< Begins a word.
  bool capitalised = false;  ///< Begins a word with a capital letter.
  bool whitespace = false;   ///< White space alone.
  bool typable = false;      ///< Readable text that a person could type.
};

/// Why a candidate could not be scored.
struct Failure {
  std::string reason;
};

/// A template filled with one example, as token ids.
struct Filled {
  std::vector<TokenId> ids;
  std::vector<std::int32_t> type_ids;        ///< One per id.
  std::vector<std::uint32_t> answer_slots;   ///< Positions of `{mask}`; where no token stands for
                                             ///< it, the one where the answer's first would.
  std::vector<std::uint32_t> trigger_slots;  ///< Positions of the triggers, in order.
  std::int32_t truncated_tokens = 0;         ///< What was cut from the fields.
  std::optional<Failure> failure;            ///< Then the rest is empty.
};

/// What a strategy may know of tokens; implemented by the tokenizers. Safe to call from many
/// threads at once.
class Vocabulary {
 public:
  virtual ~Vocabulary() = default;

  /// The number of ids; every id is below it.
  virtual std::size_t size() const = 0;
  /// Of the tokenizer's files: scores compare only where it is equal.
  virtual std::string fingerprint() const = 0;

  /// The ids of a text. @param special  whether the model's own special tokens are put around it.
  virtual std::vector<TokenId> encode(std::string_view text, bool special) const = 0;
  /// The text of ids, as the reference tokenizer decodes them with special tokens kept.
  virtual std::string decode(std::span<const TokenId> ids) const = 0;
  /// A token as the vocabulary writes it, for instance `##ing`; empty for an id without a token.
  virtual std::string token(TokenId id) const = 0;
  virtual TokenTraits traits(TokenId id) const = 0;
  /// The mask token, where the model has one.
  virtual std::optional<TokenId> mask() const = 0;
  /// The token that stands for the n-th missing span of an encoder's text (T5's `<extra_id_n>`),
  /// where the model has one.
  virtual std::optional<TokenId> sentinel([[maybe_unused]] std::size_t n) const {
    return std::nullopt;
  }

  /// The ids of an answer where the template's `{mask}` stands (the leading space handled);
  /// `answer.ids` where they are given.
  virtual std::vector<TokenId> encode_answer(const Template& tmpl, const Answer& answer) const = 0;

  /// Fills a template; fields are cut from their end so that the whole fits, the template and the
  /// mask never. The template must have no `{demos}`.
  /// @param num_masks  how many mask tokens stand for `{mask}`; where there are none, for how many
  ///                   tokens of an answer room is left.
  virtual Filled fill(const Template& tmpl, const Example& example,
                      std::size_t num_masks = 1) const = 0;

  /// The same prompt with its trigger tokens written as text.
  virtual Template as_text(const Template& tmpl) const = 0;
  /// Whether `as_text(tmpl)`, filled and tokenised again, gives the ids of `tmpl` for each example.
  virtual bool survives_text(const Template& tmpl, std::span<const Example> examples) const = 0;
};

}  // namespace prospect
