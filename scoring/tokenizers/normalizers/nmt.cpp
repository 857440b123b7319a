#include "scoring/tokenizers/normalizers/kinds.h"

namespace prospect::tokenizers {
namespace {

bool is_dropped(char32_t c) {
  return (c >= 0x01 && c <= 0x08) || c == 0x0B || (c >= 0x0E && c <= 0x1F) || c == 0x7F ||
         c == 0x8F || c == 0x9F;
}

bool is_blank(char32_t c) {
  return c == 0x09 || c == 0x0A || c == 0x0C || c == 0x0D || c == 0x1680 ||
         (c >= 0x200B && c <= 0x200F) || c == 0x2028 || c == 0x2029 || c == 0x2581 || c == 0xFEFF ||
         c == 0xFFFD;
}

// What SentencePiece does to text for machine translation: drops control characters, and makes
// blanks of what looks like one.
class Nmt final : public Normalizer {
 public:
  void apply(AlignedText& text) const override {
    text.filter([](char32_t c) { return !is_dropped(c); });
    text.rewrite_each([](char32_t c, std::vector<Change>& changes) {
      changes.push_back({is_blank(c) ? U' ' : c, 0});
    });
  }
};

}  // namespace

std::unique_ptr<const Normalizer> make_nmt(const JsonReader&) {
  return std::make_unique<Nmt>();
}

}  // namespace prospect::tokenizers
