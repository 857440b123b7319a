#include <array>

#include "scoring/tokenizers/detail/kinds.h"
#include "scoring/tokenizers/detail/unicode.h"
#include "scoring/tokenizers/normalizers/kinds.h"

namespace prospect::tokenizers {
namespace {

struct BertOptions {
  bool clean_text = true;
  bool handle_chinese_chars = true;
  bool strip_accents = true;
  bool lowercase = true;
};

// Drops control characters, makes all white space blanks, puts blanks around CJK characters, drops
// accents, lowers case; in this order.
class BertNormalizer final : public Normalizer {
 public:
  explicit BertNormalizer(const BertOptions& options) : options_(options) {
    for (std::size_t i = 0; i < ascii_.size(); ++i) {
      const auto c = static_cast<char32_t>(i);
      auto byte = static_cast<std::int8_t>(i);
      if (options_.clean_text) {
        if (is_bert_control(c))
          byte = -1;
        else if (is_white_space(c))
          byte = ' ';
      }
      if (options_.lowercase && c >= 'A' && c <= 'Z') byte = static_cast<std::int8_t>(i + 32);
      ascii_[i] = byte;
    }
  }

  void apply(AlignedText& text) const override {
    if (is_ascii(text.text())) {
      text.map_ascii(ascii_.data());
      return;
    }
    if (options_.clean_text) clean(text);
    if (options_.handle_chinese_chars) isolate_chinese(text);
    if (options_.strip_accents) {
      normalize(text, NormalForm::nfd);
      text.filter([](char32_t c) { return !is_nonspacing_mark(c); });
    }
    if (options_.lowercase) text.rewrite_each(append_lower);
  }

 private:
  static void clean(AlignedText& text) {
    text.filter([](char32_t c) { return !is_bert_control(c); });
    text.rewrite_each([](char32_t c, std::vector<Change>& changes) {
      changes.push_back({is_white_space(c) ? U' ' : c, 0});
    });
  }

  static void isolate_chinese(AlignedText& text) {
    text.rewrite_each([](char32_t c, std::vector<Change>& changes) {
      const bool chinese = is_chinese(c);
      // The first blank takes the character's place, as in the reference.
      if (chinese) changes.push_back({' ', 0});
      changes.push_back({c, chinese ? 1 : 0});
      if (chinese) changes.push_back({' ', 1});
    });
  }

  BertOptions options_;
  std::array<std::int8_t, 128> ascii_{};  // what an ASCII byte becomes, -1 where it is dropped
};

}  // namespace

std::unique_ptr<const Normalizer> make_bert_normalizer(const JsonReader& reader) {
  BertOptions options;
  options.clean_text = boolean_or(reader, "clean_text", true);
  options.handle_chinese_chars = boolean_or(reader, "handle_chinese_chars", true);
  options.lowercase = boolean_or(reader, "lowercase", true);
  // Null means: as the case is treated.
  options.strip_accents = boolean_or(reader, "strip_accents", options.lowercase);
  return std::make_unique<BertNormalizer>(options);
}

}  // namespace prospect::tokenizers
