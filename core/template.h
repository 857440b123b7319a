#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace prospect {

using TokenId = std::int32_t;

/// A trigger slot that holds no token yet; it is filled with the mask token, or, where the model
/// has none, with "!".
inline constexpr TokenId kUnsetToken = -1;

/// Text that stands as written.
struct Literal {
  std::string text;
  bool operator==(const Literal&) const = default;
};

/// What is done with a field's text before it is inserted, in the order written.
enum class FieldOperator {
  lower_first,  ///< The first letter in lower case.
  strip_final,  ///< Without its final punctuation.
  no_space,     ///< Without white space at its ends, and none is put before it.
};

/// A field of the example. It is cut from its end when the prompt is too long, unless `keep`.
struct Field {
  std::string name;
  bool keep = false;
  std::vector<FieldOperator> operators;
  bool operator==(const Field&) const = default;
};

/// Where the language model answers: the mask of a masked LM, the next token of a causal one.
struct AnswerSlot {
  bool operator==(const AnswerSlot&) const = default;
};

/// Token slots owned by the search; `kUnsetToken` where none is set.
struct TriggerSlots {
  std::vector<TokenId> ids;
  bool operator==(const TriggerSlots&) const = default;
};

/// Token ids that no text reproduces.
struct FixedTokens {
  std::vector<TokenId> ids;
  bool operator==(const FixedTokens&) const = default;
};

/// Where the candidate's demonstrations go.
struct DemonstrationSlot {
  bool operator==(const DemonstrationSlot&) const = default;
};

/// The start of the second segment.
struct SegmentBreak {
  bool operator==(const SegmentBreak&) const = default;
};

using Piece = std::variant<Literal, Field, AnswerSlot, TriggerSlots, FixedTokens, DemonstrationSlot,
                           SegmentBreak>;

/// Whether a field may have this name: valid UTF-8 that is not empty, without `{`, `}` and `|`, and
/// not the name of another slot (`mask`, `sep`, `demos`, `trigger:..`, `trigger=..`, `tokens:..`).
bool is_field_name(std::string_view name);

/// Text with slots: the object that prospect searches for.
///
/// An immutable value. `parse(t.text()) == t` for literals of valid UTF-8 and at most 10000 tokens,
/// so the canonical text identifies a template.
/// ```
/// auto tmpl = Template::parse("{text} It was {mask}.", {.fields = {{"text"}}});
/// ```
class Template {
 public:
  /// What a template may hold.
  struct Rules {
    /// The fields of the task; without a list every name is a field.
    std::optional<std::vector<std::string>> fields;
    /// Whether more than one `{mask}` may stand (looking at fills), or none (a text alone).
    bool any_number_of_masks = false;
  };

  Template() = default;
  /// Joins neighbouring literals, triggers and fixed tokens and drops empty pieces, so that equal
  /// prompts are equal values.
  /// @throws Error (input) for a field that `is_field_name` refuses; (internal) for a negative id.
  explicit Template(std::vector<Piece> pieces);

  /// Reads the written form: `{field}`, `{field|keep|lower_first|strip_final|no_space}`, `{mask}`,
  /// `{trigger:N}`, `{trigger=1,2}` (`_` for a slot not yet set), `{tokens:1,2}`, `{demos}`,
  /// `{sep}`, `{{` and `}}`.
  /// @param where  the place named in errors.
  /// @throws Error (input) that points at the character (counted in code points, from 1).
  static Template parse(std::string_view text, const Rules& rules,
                        const std::string& where = "template");
  static Template parse(std::string_view text) { return parse(text, Rules{}); }

  const std::vector<Piece>& pieces() const { return pieces_; }

  /// The canonical written form.
  std::string text() const;

  /// The names of the fields, in order, each once.
  std::vector<std::string> fields() const;

  std::size_t num_answer_slots() const;
  /// All trigger slots in order of standing; `kUnsetToken` where none is set.
  std::vector<TokenId> triggers() const;
  /// The same template with these trigger tokens. `ids` has as many items as `triggers()`.
  /// @throws Error (internal) for another number of ids, or an id that is negative and not
  /// `kUnsetToken`.
  Template with_triggers(const std::vector<TokenId>& ids) const;

  bool operator==(const Template&) const = default;

 private:
  std::vector<Piece> pieces_;
};

/// What a field's operators make of `text`.
std::string apply_operators(const std::vector<FieldOperator>& operators, std::string_view text);

/// Whether anything follows the answer slot.
bool has_tail(const Template& tmpl);

}  // namespace prospect
