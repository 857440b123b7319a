#include "scoring/tokenizers/detail/unicode.h"
#include "scoring/tokenizers/normalizers/kinds.h"

namespace prospect::tokenizers {
namespace {

class Strip final : public Normalizer {
 public:
  Strip(bool left, bool right) : left_(left), right_(right) {}

  void apply(AlignedText& text) const override {
    // A code point is white space to be dropped until one that is not has been seen; from the
    // right, the count of code points after the last such one.
    std::size_t num_leading = 0, num_trailing = 0, count = 0;
    bool leading = true;
    for (std::size_t offset = 0; offset < text.text().size(); ++count) {
      const bool space = is_white_space(next_code_point(text.text(), offset));
      if (!space) leading = false;
      num_leading += leading ? 1 : 0;
      num_trailing = space ? num_trailing + 1 : 0;
    }
    const std::size_t begin = left_ ? num_leading : 0;
    const std::size_t end = right_ ? count - num_trailing : count;
    std::size_t i = 0;
    if (begin == 0 && end == count) return;
    text.filter([&](char32_t) {
      const bool keep = i >= begin && i < end;
      ++i;
      return keep;
    });
  }

 private:
  bool left_, right_;
};

}  // namespace

std::unique_ptr<const Normalizer> make_strip(const JsonReader& reader) {
  return std::make_unique<Strip>(reader.at("strip_left").boolean(),
                                 reader.at("strip_right").boolean());
}

}  // namespace prospect::tokenizers
