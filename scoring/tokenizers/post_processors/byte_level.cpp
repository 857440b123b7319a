#include <algorithm>

#include "core/error.h"
#include "scoring/tokenizers/detail/kinds.h"
#include "scoring/tokenizers/detail/unicode.h"
#include "scoring/tokenizers/post_processors/kinds.h"

namespace prospect::tokenizers {
namespace {

constexpr char32_t kBlank = 0x120;  // how byte-level vocabularies write a blank

// The bytes of the text behind the blanks that a token begins or ends with, and their number.
struct Blank {
  std::uint32_t bytes = 0, count = 0;
};

bool add_blank(char32_t c, Blank& blank) {
  if (c != kBlank && !is_white_space(c)) return false;
  blank.bytes += c == kBlank ? 1 : static_cast<std::uint32_t>(utf8_length(c));
  ++blank.count;
  return true;
}

Blank leading(std::string_view token) {
  Blank blank;
  for (std::size_t offset = 0; offset < token.size();)
    if (!add_blank(next_code_point(token, offset), blank)) break;
  return blank;
}

Blank trailing(std::string_view token) {
  Blank blank;
  while (!token.empty()) {
    const char32_t c = last_code_point(token);
    if (!add_blank(c, blank)) break;
    token.remove_suffix(utf8_length(c));
  }
  return blank;
}

// One processor that makes the frame, and others that trim.
class Sequence final : public PostProcessor {
 public:
  Sequence(std::vector<std::unique_ptr<const PostProcessor>> steps, const PostProcessor* framing)
      : steps_(std::move(steps)), framing_(framing) {}

  const Frame& frame(bool pair) const override { return framing_->frame(pair); }
  void trim(std::string_view token, std::size_t index, Range& source) const override {
    for (const auto& step : steps_) step->trim(token, index, source);
  }

 private:
  std::vector<std::unique_ptr<const PostProcessor>> steps_;
  const PostProcessor* framing_;
};

bool is_bare(const PostProcessor& processor) {
  return num_special(processor.frame(false)) == 0 && num_special(processor.frame(true)) == 0;
}

}  // namespace

void BlankTrimming::apply(std::string_view token, std::size_t index, Range& source) const {
  if (!trim) return;
  Blank before = leading(token);
  const Blank after = trailing(token);
  // A single blank at the start of the text may be the one that was put there.
  const bool first = index == 0 || source.begin == 0;
  if (first && add_prefix_space && before.count == 1) before = {};
  source.begin = std::min(source.begin + before.bytes, source.end);
  if (source.end >= after.bytes) source.end = std::max(source.end - after.bytes, source.begin);
}

std::unique_ptr<const PostProcessor> make_byte_level_processing(const JsonReader& reader) {
  using Kind = FramePart::Kind;
  const BlankTrimming trim{boolean_or(reader, "trim_offsets", true),
                           boolean_or(reader, "add_prefix_space", true)};
  return std::make_unique<FixedFrames>(Frame{{Kind::first, 0, 0}},
                                       Frame{{Kind::first, 0, 0}, {Kind::second, 0, 1}}, trim);
}

std::unique_ptr<const PostProcessor> make_post_processor_sequence(const JsonReader& reader) {
  std::vector<std::unique_ptr<const PostProcessor>> steps;
  const PostProcessor* framing = nullptr;
  const JsonReader processors = reader.at("processors");
  for (const auto& item : processors.items()) {
    steps.push_back(make_post_processor(item));
    const bool template_of_none = item.at("type").string() == "TemplateProcessing";
    if (is_bare(*steps.back()) && !template_of_none) continue;
    if (framing != nullptr)
      fail(ErrorKind::unsupported, item.where(),
           "expected one processor that adds special tokens, found a second one");
    framing = steps.back().get();
  }
  if (framing == nullptr) {
    steps.push_back(make_bare_post_processor());
    framing = steps.back().get();
  }
  return std::make_unique<Sequence>(std::move(steps), framing);
}

}  // namespace prospect::tokenizers
