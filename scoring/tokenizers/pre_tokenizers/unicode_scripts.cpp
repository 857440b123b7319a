#include <optional>

#include "scoring/tokenizers/detail/unicode.h"
#include "scoring/tokenizers/pre_tokenizers/kinds.h"

namespace prospect::tokenizers {
namespace {

// A word ends where the script changes. What has no script goes with what stands before it, and is
// lost where nothing does, as in the reference.
class UnicodeScripts final : public PreTokenizer {
 public:
  void split(Words& words) const override {
    std::vector<Range> ranges;
    for (const Range& word : words.ranges) split_word(words.text.text(), word, ranges);
    words.ranges = std::move(ranges);
  }

 private:
  static void split_word(std::string_view text, Range word, std::vector<Range>& ranges) {
    std::optional<int> last;
    std::optional<std::uint32_t> begin;
    for (std::size_t offset = word.begin; offset < word.end;) {
      const auto at = static_cast<std::uint32_t>(offset);
      const auto script = script_of(next_code_point(text, offset));
      if (!script) continue;
      if (script != last) {
        if (begin) ranges.push_back({*begin, at});
        begin = at;
      }
      last = script;
    }
    if (begin) ranges.push_back({*begin, word.end});
  }
};

}  // namespace

std::unique_ptr<const PreTokenizer> make_unicode_scripts(const JsonReader&) {
  return std::make_unique<UnicodeScripts>();
}

}  // namespace prospect::tokenizers
