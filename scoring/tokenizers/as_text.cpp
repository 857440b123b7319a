#include <algorithm>

#include "core/text.h"
#include "scoring/tokenizers/detail/pipeline.h"
#include "scoring/tokenizers/detail/unicode.h"
#include "scoring/tokenizers/tokenizer.h"

namespace prospect {
namespace {

// Builds a template in which tokens are literal text.
class TextWriter {
 public:
  TextWriter(const Tokenizer& tokenizer, const tokenizers::Pipeline& pipeline)
      : tokenizer_(tokenizer), pipeline_(pipeline) {}

  void add(const Piece& piece) {
    if (const auto* literal = std::get_if<Literal>(&piece)) {
      if (after_tokens_ && !carries_blanks() && starts_word(literal->text)) append(" ");
      append(literal->text);
    } else if (const auto* fixed = std::get_if<FixedTokens>(&piece)) {
      add_tokens(fixed->ids);
      return;
    } else if (const auto* triggers = std::get_if<TriggerSlots>(&piece)) {
      add_triggers(triggers->ids);
      return;
    } else {
      if (after_tokens_ && !carries_blanks() && std::holds_alternative<Field>(piece)) append(" ");
      pieces_.push_back(piece);
    }
    after_tokens_ = false;
  }

  Template finish() { return Template(std::move(pieces_)); }

 private:
  // Set tokens become text, those not yet set stay slots.
  void add_triggers(const std::vector<TokenId>& ids) {
    for (auto run = ids.begin(); run != ids.end();) {
      const bool set = *run != kUnsetToken;
      const auto end =
          std::find_if(run, ids.end(), [&](TokenId id) { return (id != kUnsetToken) != set; });
      const std::vector<TokenId> part(run, end);
      if (set) {
        add_tokens(part);
      } else {
        pieces_.emplace_back(TriggerSlots{part});
        after_tokens_ = false;
      }
      run = end;
    }
  }

  bool carries_blanks() const { return pipeline_.blanks() != tokenizers::Blanks::none; }

  // Tokens that carry their blanks are written as they are; filling drops the white space before
  // them.
  void add_carrying_tokens(const std::vector<TokenId>& ids) {
    std::string text;
    for (const TokenId id : ids) text += pipeline_.text_of(id).text;
    if (invalid_utf8(text)) text = tokenizers::repair_utf8(text);
    join_to_word();
    const bool at_start = pieces_.empty() || std::holds_alternative<SegmentBreak>(pieces_.back());
    // The tokenizer puts the first blank of a text there itself.
    if (at_start && pipeline_.blanks() == tokenizers::Blanks::metaspace && text.starts_with(' '))
      text.erase(0, 1);
    append(text);
    after_tokens_ = true;
  }

  void add_tokens(const std::vector<TokenId>& ids) {
    if (carries_blanks()) {
      add_carrying_tokens(ids);
      return;
    }
    const std::string text = tokenizer_.decode(ids);
    if (text.empty()) return;  // Ids without a token have no text.
    const std::string first = tokenizer_.token(ids.front());
    const auto surface = pipeline_.model->surface(first);
    if (surface.word_start) {
      separate(text);
      append(text);
    } else {
      // The decoder leaves the mark of a continuing token at the start of a text.
      join_to_word();
      append(text.substr(std::min(text.size(), first.size() - surface.text.size())));
    }
    after_tokens_ = true;
  }

  // A space between what stands before and a new word, but for final punctuation.
  void separate(std::string_view text) {
    if (pieces_.empty() || std::holds_alternative<SegmentBreak>(pieces_.back())) return;
    if (const auto* literal = std::get_if<Literal>(&pieces_.back())) {
      if (tokenizers::is_white_space(tokenizers::last_code_point(literal->text))) return;
    }
    if (std::string_view(".,!?").find(text.front()) != std::string_view::npos) return;
    append(" ");
  }

  // The white space before a continuing token would start a new word.
  void join_to_word() {
    if (pieces_.empty()) return;
    auto* literal = std::get_if<Literal>(&pieces_.back());
    if (literal == nullptr) return;
    std::string& text = literal->text;
    while (!text.empty()) {
      const char32_t last = tokenizers::last_code_point(text);
      if (!tokenizers::is_white_space(last)) return;
      text.resize(text.size() - tokenizers::utf8_length(last));
    }
    pieces_.pop_back();
  }

  static bool starts_word(std::string_view text) {
    std::size_t offset = 0;
    const char32_t first = tokenizers::next_code_point(text, offset);
    return !tokenizers::is_white_space(first) && !tokenizers::is_punctuation(first);
  }

  void append(std::string_view text) {
    if (text.empty()) return;
    if (pieces_.empty() || !std::holds_alternative<Literal>(pieces_.back()))
      pieces_.emplace_back(Literal{});
    std::get<Literal>(pieces_.back()).text += text;
  }

  const Tokenizer& tokenizer_;
  const tokenizers::Pipeline& pipeline_;
  std::vector<Piece> pieces_;
  bool after_tokens_ = false;
};

}  // namespace

Template Tokenizer::as_text(const Template& tmpl) const {
  TextWriter writer(*this, *pipeline_);
  for (const Piece& piece : tmpl.pieces()) writer.add(piece);
  return writer.finish();
}

bool Tokenizer::survives_text(const Template& tmpl, std::span<const Example> examples) const {
  const Template text = as_text(tmpl);
  return std::all_of(examples.begin(), examples.end(), [&](const Example& example) {
    const Filled scored = fill(tmpl, example), again = fill(text, example);
    return !scored.failure && !again.failure && scored.ids == again.ids &&
           scored.type_ids == again.type_ids && scored.answer_slots == again.answer_slots;
  });
}

}  // namespace prospect
