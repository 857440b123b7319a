#include "scoring/tokenizers/detail/byte_characters.h"
#include "scoring/tokenizers/detail/kinds.h"
#include "scoring/tokenizers/detail/published_patterns.h"
#include "scoring/tokenizers/pre_tokenizers/kinds.h"

namespace prospect::tokenizers {
namespace {

// Writes each byte as a character of its own, after the words are split as GPT-2 does.
class ByteLevel final : public PreTokenizer {
 public:
  ByteLevel(bool add_prefix_space, bool use_regex)
      : add_prefix_space_(add_prefix_space), use_regex_(use_regex) {}

  void split(Words& words) const override {
    if (add_prefix_space_) put_before(words, " ", ' ');
    if (use_regex_) {
      std::vector<Range> ranges;
      ranges.reserve(words.text.text().size() / 4 + 1);
      for (const Range& word : words.ranges) split_as_gpt2(words.text.text(), word, ranges);
      words.ranges = std::move(ranges);
    }
    words.text.map_bytes(byte_characters(), words.ranges);
  }

 private:
  bool add_prefix_space_, use_regex_;
};

}  // namespace

void put_before(Words& words, std::string_view content, char32_t already, bool only_first) {
  const auto length = static_cast<std::uint32_t>(content.size());
  std::vector<std::uint32_t> places;
  std::uint32_t moved = 0;
  for (Range& word : words.ranges) {
    const Start start = words.text.start(word.begin);
    std::size_t offset = word.begin;
    const bool put = start != Start::inside && (!only_first || start == Start::text) &&
                     next_code_point(words.text.text(), offset) != already;
    if (put) places.push_back(word.begin);
    word.begin += moved;
    if (put) moved += length;
    word.end += moved;
  }
  words.text.insert(places, content);
}

std::unique_ptr<const PreTokenizer> make_byte_level(bool add_prefix_space, bool use_regex) {
  return std::make_unique<ByteLevel>(add_prefix_space, use_regex);
}

std::unique_ptr<const PreTokenizer> make_byte_level(const JsonReader& reader) {
  return make_byte_level(boolean_or(reader, "add_prefix_space", true),
                         boolean_or(reader, "use_regex", true));
}

}  // namespace prospect::tokenizers
