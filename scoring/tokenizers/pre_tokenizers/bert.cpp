#include <array>

#include "scoring/tokenizers/detail/unicode.h"
#include "scoring/tokenizers/pre_tokenizers/kinds.h"

namespace prospect::tokenizers {
namespace {

enum class Side : std::uint8_t { word, space, punctuation };

Side side_of(char32_t c) {
  if (is_white_space(c)) return Side::space;
  return is_punctuation(c) ? Side::punctuation : Side::word;
}

std::array<Side, 128> make_ascii_sides() {
  std::array<Side, 128> sides{};
  for (std::size_t i = 0; i < sides.size(); ++i) sides[i] = side_of(static_cast<char32_t>(i));
  return sides;
}

// Words end at white space, which is dropped, and each punctuation character is a word.
class BertPreTokenizer final : public PreTokenizer {
 public:
  void split(Words& words) const override {
    std::vector<Range> ranges;
    ranges.reserve(words.text.text().size() / 4 + 1);
    for (const Range& word : words.ranges) split_word(words.text.text(), word, ranges);
    words.ranges = std::move(ranges);
  }

 private:
  void split_word(std::string_view text, Range word, std::vector<Range>& ranges) const {
    std::uint32_t begin = word.begin;
    for (std::size_t offset = word.begin; offset < word.end;) {
      const auto at = static_cast<std::uint32_t>(offset);
      const char32_t c = next_code_point(text, offset);
      const Side side = c < 0x80 ? ascii_[c] : side_of(c);
      if (side == Side::word) continue;
      const auto end = static_cast<std::uint32_t>(offset);
      if (begin < at) ranges.push_back({begin, at});
      if (side == Side::punctuation) ranges.push_back({at, end});
      begin = end;
    }
    if (begin < word.end) ranges.push_back({begin, word.end});
  }

  std::array<Side, 128> ascii_ = make_ascii_sides();
};

}  // namespace

std::unique_ptr<const PreTokenizer> make_bert_pre_tokenizer(const JsonReader&) {
  return std::make_unique<BertPreTokenizer>();
}

}  // namespace prospect::tokenizers
