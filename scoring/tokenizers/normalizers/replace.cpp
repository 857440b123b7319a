#include "scoring/tokenizers/detail/pattern.h"
#include "scoring/tokenizers/normalizers/kinds.h"

namespace prospect::tokenizers {
namespace {

// Replaces each match by a fixed text.
class Replace final : public Normalizer {
 public:
  Replace(std::unique_ptr<const Pattern> pattern, std::string content)
      : pattern_(std::move(pattern)), content_(std::move(content)) {}

  void apply(AlignedText& text) const override {
    std::vector<Range> matches;
    for (const Part& part : pattern_->find(text.text()))
      if (part.matched) matches.push_back(part.range);
    if (!matches.empty()) text.replace(matches, content_);
  }

 private:
  std::unique_ptr<const Pattern> pattern_;
  std::string content_;
};

class Prepend final : public Normalizer {
 public:
  explicit Prepend(std::string text) : text_(std::move(text)) {}

  void apply(AlignedText& text) const override {
    const std::uint32_t place = 0;
    if (!text.text().empty() && text.start() != Start::inside) text.insert({&place, 1}, text_);
  }

 private:
  std::string text_;
};

}  // namespace

std::unique_ptr<const Normalizer> make_replace(const JsonReader& reader) {
  return std::make_unique<Replace>(read_pattern(reader.at("pattern")),
                                   reader.at("content").string());
}

std::unique_ptr<const Normalizer> make_prepend(const JsonReader& reader) {
  return std::make_unique<Prepend>(reader.at("prepend").string());
}

}  // namespace prospect::tokenizers
