#include <algorithm>
#include <map>

#include "core/error.h"
#include "core/text.h"
#include "scoring/tokenizers/detail/pipeline.h"
#include "scoring/tokenizers/detail/prompt.h"
#include "scoring/tokenizers/detail/unicode.h"
#include "scoring/tokenizers/tokenizer.h"

namespace prospect {
namespace {

using tokenizers::Frame;
using tokenizers::FramePart;
using tokenizers::IdRun;
using tokenizers::Pipeline;
using tokenizers::Prompt;
using tokenizers::TextRun;

// Turns a template's pieces into runs.
class PromptMaker {
 public:
  PromptMaker(const Tokenizer& tokenizer, const Pipeline& pipeline, const Example& example,
              std::size_t num_masks)
      : pipeline_(pipeline),
        mask_(tokenizer.mask()),
        form_(tokenizer.answer_form()),
        example_(example) {
    if (form_ == AnswerForm::mask && mask_) answer_.assign(num_masks, *mask_);
    // One sentinel stands for a span of any length.
    if (form_ == AnswerForm::sentinel) answer_.push_back(tokenizer.sentinel(0).value_or(0));
  }

  /// The prompt; `failure` says why there is none.
  Prompt make(const Template& tmpl) {
    for (const Piece& piece : tmpl.pieces()) std::visit([this](const auto& p) { add(p); }, piece);
    return std::move(prompt_);
  }

  const std::optional<Failure>& failure() const { return failure_; }

 private:
  void add(const Literal& literal) { add_text({literal.text}); }

  void add(const Field& field) {
    const auto value = example_.fields.find(field.name);
    if (value == example_.fields.end()) {
      give_up("example '" + example_.id + "' has no field '" + field.name + "'");
      return;
    }
    std::string text = value->second;
    if (invalid_utf8(text)) text = tokenizers::repair_utf8(text);
    add_text({apply_operators(field.operators, text), !field.keep, true});
  }

  void add(const AnswerSlot&) {
    prompt_.has_answer = true;
    if (form_ == AnswerForm::target) return;
    if (form_ == AnswerForm::next_token) leave_blank_to_answer();
    const auto* token = answer_.empty() ? nullptr : pipeline_.added.find(answer_.front());
    if (token != nullptr && token->lstrip) take_blanks();
    segment().emplace_back(IdRun{answer_, IdRun::Slot::answer});
  }

  void add(const TriggerSlots& triggers) {
    IdRun run{triggers.ids, IdRun::Slot::trigger};
    for (TokenId& id : run.ids)
      if (id == kUnsetToken) id = stand_in();
    add_ids(std::move(run));
  }

  // What stands for a trigger without a token: the mask, or the exclamation mark that the reference
  // implementation of GCG begins with.
  TokenId stand_in() {
    if (mask_) return *mask_;
    const auto tokens = pipeline_.tokenize("!", false, tokenizers::Start::inside);
    if (tokens.empty())
      give_up("a trigger holds no token yet, and the vocabulary has neither a mask nor '!'");
    return tokens.empty() ? 0 : tokens.back().id;
  }

  void add(const FixedTokens& tokens) { add_ids({tokens.ids, IdRun::Slot::none}); }

  void add(const DemonstrationSlot&) {
    fail(ErrorKind::internal, "fill",
         "expected a template without {demos}; put the demonstrations in first");
  }

  void add(const SegmentBreak&) {
    if (prompt_.pair) give_up("the template has two segment breaks");
    prompt_.pair = true;
  }

  void add_text(TextRun::Part part) {
    auto& runs = segment();
    if (runs.empty() || !std::holds_alternative<TextRun>(runs.back()))
      runs.emplace_back(TextRun{.start = start_of_text()});
    std::get<TextRun>(runs.back()).parts.push_back(std::move(part));
  }

  void add_ids(IdRun run) {
    for (const TokenId id : run.ids)
      if (id < 0 || static_cast<std::size_t>(id) >= pipeline_.size())
        give_up("expected token ids below " + std::to_string(pipeline_.size()) + ", found " +
                std::to_string(id));
    take_blanks();
    segment().emplace_back(std::move(run));
  }

  // Ids carry the blank before them where words do. The white space that a template has there is
  // then theirs, and would otherwise be a token more.
  void take_blanks() {
    auto& runs = segment();
    if (pipeline_.blanks() == tokenizers::Blanks::none || runs.empty()) return;
    if (auto* text = std::get_if<TextRun>(&runs.back())) text->trim_end = true;
  }

  // The blank before a next token is that token's; what else stands before it is the prompt's.
  void leave_blank_to_answer() {
    auto& runs = segment();
    if (pipeline_.blanks() == tokenizers::Blanks::none || runs.empty()) return;
    auto* text = std::get_if<TextRun>(&runs.back());
    if (text == nullptr || text->parts.empty()) return;
    auto& last = text->parts.back();
    if (!last.is_field && last.text.ends_with(' ')) last.text.pop_back();
  }

  // Text behind ids goes on where they end. Behind a mask or sentinel token it is tokenised as in a
  // text with that token in it.
  tokenizers::Start start_of_text() {
    if (segment().empty()) return tokenizers::Start::text;
    const auto& run = std::get<IdRun>(segment().back());
    const bool behind_token = run.slot == IdRun::Slot::answer && !run.ids.empty();
    return behind_token ? tokenizers::Start::piece : tokenizers::Start::inside;
  }

  void give_up(std::string reason) {
    if (!failure_) failure_ = Failure{std::move(reason)};
  }

  std::vector<Prompt::Run>& segment() { return prompt_.segments[prompt_.pair ? 1 : 0]; }

  const Pipeline& pipeline_;
  std::optional<TokenId> mask_;
  AnswerForm form_;
  std::vector<TokenId> answer_;  // what stands for it
  const Example& example_;
  Prompt prompt_;
  std::optional<Failure> failure_;
};

// Appends a segment's tokens, and notes where its slots are.
void append(const std::vector<Prompt::Run>& runs, const Pipeline& pipeline, Filled& filled) {
  for (const auto& run : runs) {
    if (const auto* text = std::get_if<TextRun>(&run)) {
      for (const auto& token : pipeline.tokenize(text->text(), false, text->start))
        filled.ids.push_back(token.id);
      continue;
    }
    const auto& fixed = std::get<IdRun>(run);
    auto place = static_cast<std::uint32_t>(filled.ids.size());
    filled.ids.insert(filled.ids.end(), fixed.ids.begin(), fixed.ids.end());
    if (fixed.slot == IdRun::Slot::answer) {
      const std::size_t count = std::max<std::size_t>(fixed.ids.size(), 1);
      for (std::size_t i = 0; i < count; ++i) filled.answer_slots.push_back(place++);
    }
    if (fixed.slot == IdRun::Slot::trigger)
      for (std::size_t i = 0; i < fixed.ids.size(); ++i) filled.trigger_slots.push_back(place++);
  }
}

const std::vector<Prompt::Run>& segment_of(const Prompt& prompt, const FramePart& part) {
  return prompt.segments[part.kind == FramePart::Kind::first ? 0 : 1];
}

// Whether nothing stands behind the answer.
bool ends_with_answer(const std::vector<Prompt::Run>& runs) {
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
    if (const auto* ids = std::get_if<IdRun>(&*run)) return ids->slot == IdRun::Slot::answer;
    if (!std::get<TextRun>(*run).text().empty()) return false;
  }
  return false;
}

// A next token stands last: the special tokens that close a text would come before it.
bool is_open(const Prompt& prompt, const Pipeline& pipeline, AnswerForm form) {
  if (form != AnswerForm::next_token) return false;
  const Frame& frame = pipeline.post_processor->frame(prompt.pair);
  const auto last = std::find_if(frame.rbegin(), frame.rend(), [](const FramePart& part) {
    return part.kind != FramePart::Kind::special;
  });
  return last != frame.rend() && ends_with_answer(segment_of(prompt, *last));
}

Frame frame_of(const Prompt& prompt, const Pipeline& pipeline, bool open) {
  Frame frame = pipeline.post_processor->frame(prompt.pair);
  while (open && !frame.empty() && frame.back().kind == FramePart::Kind::special) frame.pop_back();
  return frame;
}

Filled frame_prompt(const Prompt& prompt, const Pipeline& pipeline, const Frame& frame,
                    AnswerForm form) {
  Filled filled;
  for (const FramePart& part : frame) {
    if (part.kind == FramePart::Kind::special)
      filled.ids.push_back(part.id);
    else
      append(segment_of(prompt, part), pipeline, filled);
    filled.type_ids.resize(filled.ids.size(), part.type_id);
  }
  // The answer is the decoder's text from its first place on.
  if (form == AnswerForm::target && prompt.has_answer) filled.answer_slots.push_back(0);
  return filled;
}

Filled failed(std::string reason) {
  Filled filled;
  filled.failure = Failure{std::move(reason)};
  return filled;
}

// Where a template's answer stands.
struct Place {
  bool at_start = true;       // of its segment
  bool behind_blank = false;  // white space stands before it
};

// A next token takes one blank along, the other forms any white space.
Place place_of_answer(const Template& tmpl, AnswerForm form) {
  Place place;
  for (const Piece& piece : tmpl.pieces()) {
    if (std::holds_alternative<AnswerSlot>(piece)) break;
    place.at_start = std::holds_alternative<SegmentBreak>(piece);
    place.behind_blank = false;
    const auto* literal = std::get_if<Literal>(&piece);
    if (literal == nullptr || literal->text.empty()) continue;
    const char32_t last = tokenizers::last_code_point(literal->text);
    place.behind_blank =
        form == AnswerForm::next_token ? last == U' ' : tokenizers::is_white_space(last);
  }
  return place;
}

}  // namespace

Filled Tokenizer::fill(const Template& tmpl, const Example& example, std::size_t num_masks) const {
  PromptMaker maker(*this, *pipeline_, example, num_masks);
  Prompt prompt = maker.make(tmpl);
  if (maker.failure()) return failed(maker.failure()->reason);
  const bool open = is_open(prompt, *pipeline_, answer_form_);
  const Frame frame = frame_of(prompt, *pipeline_, open);
  Filled filled = frame_prompt(prompt, *pipeline_, frame, answer_form_);

  // An answer of next tokens stands in the row too; what comes after its last token need not fit.
  std::size_t reserved = 0;
  if (answer_form_ == AnswerForm::next_token && prompt.has_answer)
    reserved = std::max<std::size_t>(num_masks, 1) - (open ? 1 : 0);
  if (!max_length_ || filled.ids.size() + reserved <= *max_length_) return filled;

  const std::size_t num_added = num_special(frame) + reserved;
  const std::size_t room = *max_length_ - std::min(*max_length_, num_added);
  const auto shortening = shorten(prompt, *pipeline_, room);
  if (shortening.least || *max_length_ < num_added)
    return failed("expected a prompt of at most " + std::to_string(*max_length_) +
                  " tokens, found " + std::to_string(shortening.least.value_or(0) + num_added) +
                  " without what may be cut; shorten the template or the fields that are kept");
  filled = frame_prompt(prompt, *pipeline_, frame, answer_form_);
  filled.truncated_tokens = static_cast<std::int32_t>(shortening.num_cut);
  return filled;
}

std::vector<TokenId> Tokenizer::encode_answer(const Template& tmpl, const Answer& answer) const {
  using tokenizers::Start;
  if (!answer.ids.empty()) return answer.ids;
  if (answer_form_ == AnswerForm::target) return encode_target(answer.text, false);
  // Without blanks in its tokens, an answer is whole words wherever it stands.
  if (pipeline_->blanks() == tokenizers::Blanks::none) return encode(answer.text, false);
  std::string text = answer.text;
  if (invalid_utf8(text)) text = tokenizers::repair_utf8(text);
  const Place place = place_of_answer(tmpl, answer_form_);
  const std::size_t first = text.find_first_not_of(' ');
  const bool blank = place.behind_blank || first != 0;
  if (blank) text = " " + (first == std::string::npos ? "" : text.substr(first));
  const Start start = place.at_start && !blank ? Start::text : Start::inside;
  std::vector<TokenId> ids;
  for (const auto& token : pipeline_->tokenize(text, false, start)) ids.push_back(token.id);
  return ids;
}

}  // namespace prospect
