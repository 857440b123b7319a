#include <algorithm>

#include "core/text.h"
#include "scoring/tokenizers/decoders/kinds.h"
#include "scoring/tokenizers/detail/pattern.h"

namespace prospect::tokenizers {
namespace {

class Sequence final : public Decoder {
 public:
  explicit Sequence(std::vector<std::unique_ptr<const Decoder>> steps) : steps_(std::move(steps)) {}

  std::vector<std::string> decode(std::vector<std::string> tokens) const override {
    for (const auto& step : steps_) tokens = step->decode(std::move(tokens));
    return tokens;
  }

  Blanks blanks() const override {
    for (const auto& step : steps_)
      if (step->blanks() != Blanks::none) return step->blanks();
    return Blanks::none;
  }

 private:
  std::vector<std::unique_ptr<const Decoder>> steps_;
};

// Makes one string of all, so that the next decoder sees a text and not its tokens.
class Fuse final : public Decoder {
 public:
  std::vector<std::string> decode(std::vector<std::string> tokens) const override {
    return {join(tokens, "")};
  }
};

class Replace final : public Decoder {
 public:
  Replace(std::unique_ptr<const Pattern> pattern, std::string content)
      : pattern_(std::move(pattern)), content_(std::move(content)) {
    const auto parts = pattern_->find("\u2581");
    if (content_ == " " && parts.size() == 1 && parts.front().matched) blanks_ = Blanks::metaspace;
  }

  Blanks blanks() const override { return blanks_; }

  std::vector<std::string> decode(std::vector<std::string> tokens) const override {
    for (std::string& token : tokens) {
      std::string replaced;
      for (const Part& part : pattern_->find(token)) {
        if (part.matched)
          replaced += content_;
        else
          replaced.append(token, part.range.begin, part.range.end - part.range.begin);
      }
      token = std::move(replaced);
    }
    return tokens;
  }

 private:
  std::unique_ptr<const Pattern> pattern_;
  std::string content_;
  Blanks blanks_ = Blanks::none;
};

// Drops up to so many of one character at a token's ends.
class Strip final : public Decoder {
 public:
  Strip(std::string content, std::size_t start, std::size_t stop)
      : content_(std::move(content)), start_(start), stop_(stop) {}

  std::vector<std::string> decode(std::vector<std::string> tokens) const override {
    for (std::string& token : tokens) {
      std::string_view rest = token;
      for (std::size_t i = 0; i < start_ && rest.starts_with(content_); ++i)
        rest.remove_prefix(content_.size());
      for (std::size_t i = 0; i < stop_ && rest.ends_with(content_); ++i)
        rest.remove_suffix(content_.size());
      token = std::string(rest);
    }
    return tokens;
  }

 private:
  std::string content_;  // one character
  std::size_t start_, stop_;
};

}  // namespace

std::unique_ptr<const Decoder> make_decoder_sequence(const JsonReader& reader) {
  std::vector<std::unique_ptr<const Decoder>> steps;
  for (const auto& step : reader.at("decoders").items()) steps.push_back(make_decoder(step));
  return std::make_unique<Sequence>(std::move(steps));
}

std::unique_ptr<const Decoder> make_fuse_decoder(const JsonReader&) {
  return std::make_unique<Fuse>();
}

std::unique_ptr<const Decoder> make_replace_decoder(const JsonReader& reader) {
  return std::make_unique<Replace>(read_pattern(reader.at("pattern")),
                                   reader.at("content").string());
}

std::unique_ptr<const Decoder> make_strip_decoder(const JsonReader& reader) {
  std::string content = reader.at("content").string();
  if (code_points(content) != 1) reader.at("content").fail_expected("one character");
  return std::make_unique<Strip>(std::move(content),
                                 static_cast<std::size_t>(reader.at("start").integer(0, INT32_MAX)),
                                 static_cast<std::size_t>(reader.at("stop").integer(0, INT32_MAX)));
}

}  // namespace prospect::tokenizers
