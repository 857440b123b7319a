#include <algorithm>

#include "core/error.h"
#include "scoring/tokenizers/detail/kinds.h"
#include "scoring/tokenizers/detail/unicode.h"
#include "scoring/tokenizers/post_processors/kinds.h"

namespace prospect::tokenizers {
namespace {

constexpr char32_t kBlank = 0x120;  // how byte-level vocabularies write a blank

bool is_blank(char32_t c) {
  return c == kBlank || is_white_space(c);
}

// How many blanks a token begins with, and how many it ends with.
std::size_t leading(std::string_view token) {
  std::size_t count = 0;
  for (std::size_t offset = 0; offset < token.size(); ++count)
    if (!is_blank(next_code_point(token, offset))) break;
  return count;
}

std::size_t trailing(std::string_view token) {
  std::size_t count = 0;
  for (; !token.empty(); ++count) {
    const char32_t c = last_code_point(token);
    if (!is_blank(c)) break;
    token.remove_suffix(utf8_length(c));
  }
  return count;
}

// One processor that makes the frame, and others that trim.
class Sequence final : public PostProcessor {
 public:
  Sequence(std::vector<std::unique_ptr<const PostProcessor>> steps, const PostProcessor* framing)
      : steps_(std::move(steps)), framing_(framing) {}

  const Frame& frame(bool pair) const override { return framing_->frame(pair); }
  void trim(std::string_view text, std::string_view token, std::size_t index,
            Range& source) const override {
    for (const auto& step : steps_) step->trim(text, token, index, source);
  }

 private:
  std::vector<std::unique_ptr<const PostProcessor>> steps_;
  const PostProcessor* framing_;
};

bool is_bare(const PostProcessor& processor) {
  return num_special(processor.frame(false)) == 0 && num_special(processor.frame(true)) == 0;
}

}  // namespace

// As many characters of the source as the token has blanks, whatever stands there.
void BlankTrimming::apply(std::string_view text, std::string_view token, std::size_t index,
                          Range& source) const {
  if (!trim) return;
  std::size_t before = leading(token), after = trailing(token);
  // A single blank at the start of the text may be the one that was put there.
  const bool first = index == 0 || source.begin == 0;
  if (first && add_prefix_space && before == 1) before = 0;
  std::size_t begin = source.begin, end = source.end;
  for (; before > 0 && begin < end; --before) next_code_point(text, begin);
  for (; after > 0 && end > begin; --after)
    end -= utf8_length(last_code_point(text.substr(0, end)));
  source = {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(std::max(begin, end))};
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
