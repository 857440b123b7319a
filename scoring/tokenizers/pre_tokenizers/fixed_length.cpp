#include "scoring/tokenizers/detail/kinds.h"
#include "scoring/tokenizers/pre_tokenizers/kinds.h"

namespace prospect::tokenizers {
namespace {

// Words of so many code points; the last one may be shorter.
class FixedLength final : public PreTokenizer {
 public:
  explicit FixedLength(std::size_t length) : length_(length) {}

  void split(Words& words) const override {
    const std::string& text = words.text.text();
    std::vector<Range> ranges;
    for (const Range& word : words.ranges) {
      for (std::size_t offset = word.begin; offset < word.end;) {
        const auto begin = static_cast<std::uint32_t>(offset);
        for (std::size_t i = 0; i < length_ && offset < word.end; ++i)
          next_code_point(text, offset);
        ranges.push_back({begin, static_cast<std::uint32_t>(offset)});
      }
    }
    words.ranges = std::move(ranges);
  }

 private:
  std::size_t length_;
};

}  // namespace

std::unique_ptr<const PreTokenizer> make_fixed_length(const JsonReader& reader) {
  constexpr std::size_t kUsual = 5;
  const auto length = optional_member(reader, "length");
  return std::make_unique<FixedLength>(
      length ? static_cast<std::size_t>(length->integer(1, INT32_MAX)) : kUsual);
}

}  // namespace prospect::tokenizers
