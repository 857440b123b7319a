#include "scoring/tokenizers/detail/unicode.h"

#include "scoring/tokenizers/normalizers/kinds.h"

namespace prospect::tokenizers {
namespace {

class UnicodeForm final : public Normalizer {
 public:
  explicit UnicodeForm(NormalForm form) : form_(form) {}
  void apply(AlignedText& text) const override { normalize(text, form_); }

 private:
  NormalForm form_;
};

class Lowercase final : public Normalizer {
 public:
  void apply(AlignedText& text) const override { text.rewrite_each(append_lower); }
};

class StripAccents final : public Normalizer {
 public:
  void apply(AlignedText& text) const override {
    if (is_ascii(text.text())) return;
    text.filter([](char32_t c) { return !is_combining_mark(c); });
  }
};

}  // namespace

std::unique_ptr<const Normalizer> make_lowercase(const JsonReader&) {
  return std::make_unique<Lowercase>();
}

std::unique_ptr<const Normalizer> make_nfc(const JsonReader&) {
  return std::make_unique<UnicodeForm>(NormalForm::nfc);
}

std::unique_ptr<const Normalizer> make_nfd(const JsonReader&) {
  return std::make_unique<UnicodeForm>(NormalForm::nfd);
}

std::unique_ptr<const Normalizer> make_nfkc(const JsonReader&) {
  return std::make_unique<UnicodeForm>(NormalForm::nfkc);
}

std::unique_ptr<const Normalizer> make_nfkd(const JsonReader&) {
  return std::make_unique<UnicodeForm>(NormalForm::nfkd);
}

std::unique_ptr<const Normalizer> make_strip_accents(const JsonReader&) {
  return std::make_unique<StripAccents>();
}

}  // namespace prospect::tokenizers
