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
  explicit Prepend(const std::string& text) {
    for (std::size_t offset = 0; offset < text.size();)
      text_.push_back(next_code_point(text, offset));
  }

  void apply(AlignedText& text) const override {
    if (text.text().empty() || text_.empty()) return;
    std::size_t end = 0;
    const char32_t first = next_code_point(text.text(), end);
    std::vector<Change> changes;
    for (const char32_t c : text_) changes.push_back({c, changes.empty() ? 0 : 1});
    changes.push_back({first, 1});
    text.rewrite(Range{0, static_cast<std::uint32_t>(end)}, changes);
  }

 private:
  std::vector<char32_t> text_;
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
