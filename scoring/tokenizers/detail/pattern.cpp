#include "scoring/tokenizers/detail/pattern.h"

#include <unicode/regex.h>
#include <unicode/utext.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/error.h"
#include "scoring/tokenizers/detail/icu_expression.h"
#include "scoring/tokenizers/detail/published_patterns.h"

namespace prospect::tokenizers {
namespace {

class FixedString final : public Pattern {
 public:
  explicit FixedString(std::string text) : text_(std::move(text)) {}

  std::vector<Part> find(std::string_view text) const override {
    std::vector<Part> parts;
    std::size_t done = 0;
    while (!text_.empty()) {
      const std::size_t at = text.find(text_, done);
      if (at == std::string_view::npos) break;
      add(parts, done, at, false);
      add(parts, at, at + text_.size(), true);
      done = at + text_.size();
    }
    add(parts, done, text.size(), false);
    return parts;
  }

 private:
  static void add(std::vector<Part>& parts, std::size_t begin, std::size_t end, bool matched) {
    if (begin < end)
      parts.push_back(
          {{static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)}, matched});
  }

  std::string text_;
};

struct CloseText {
  void operator()(UText* text) const { utext_close(text); }
};

std::unique_ptr<UText, CloseText> open_text(std::string_view text, UErrorCode& code) {
  return std::unique_ptr<UText, CloseText>(
      utext_openUTF8(nullptr, text.data(), static_cast<std::int64_t>(text.size()), &code));
}

class Expression final : public Pattern {
 public:
  explicit Expression(std::unique_ptr<icu::RegexPattern> pattern) : pattern_(std::move(pattern)) {}

  std::vector<Part> find(std::string_view text) const override {
    UErrorCode code = U_ZERO_ERROR;
    const auto input = open_text(text, code);
    // A compiled pattern is shared by threads, a matcher is not.
    const std::unique_ptr<icu::RegexMatcher> matcher(pattern_->matcher(code));
    if (U_FAILURE(code)) fail(ErrorKind::internal, "regular expression", u_errorName(code));
    matcher->reset(input.get());
    std::vector<Part> parts;
    std::uint32_t done = 0;
    while (matcher->find(code)) {
      const auto begin = static_cast<std::uint32_t>(matcher->start64(code));
      const auto end = static_cast<std::uint32_t>(matcher->end64(code));
      if (begin > done) parts.push_back({{done, begin}, false});
      if (end > begin) parts.push_back({{begin, end}, true});
      done = end;
    }
    if (U_FAILURE(code))
      fail(ErrorKind::unsupported, "regular expression", "matching failed: ", u_errorName(code));
    if (done < text.size())
      parts.push_back({{done, static_cast<std::uint32_t>(text.size())}, false});
    return parts;
  }

 private:
  std::unique_ptr<icu::RegexPattern> pattern_;
};

std::unique_ptr<const Pattern> compile(const JsonReader& reader) {
  const std::string expression = reader.string();
  if (auto published = find_published_pattern(expression)) return published;
  UErrorCode code = U_ZERO_ERROR;
  const std::string translated = as_icu_expression(expression);
  const auto text = open_text(translated, code);
  UParseError place;
  // To the reference's library, ^ and $ stand at each line, and a line ends with \n alone.
  constexpr std::uint32_t kLines = UREGEX_MULTILINE | UREGEX_UNIX_LINES;
  std::unique_ptr<icu::RegexPattern> pattern(
      icu::RegexPattern::compile(text.get(), kLines, place, code));
  if (U_FAILURE(code))
    fail(ErrorKind::unsupported, reader.where(),
         "expected a regular expression that ICU reads, found '", expression,
         "': ", u_errorName(code));
  return std::make_unique<Expression>(std::move(pattern));
}

}  // namespace

std::unique_ptr<const Pattern> read_pattern(const JsonReader& reader) {
  if (reader.has("Regex")) return compile(reader.at("Regex"));
  if (reader.has("String")) return std::make_unique<FixedString>(reader.at("String").string());
  reader.fail_expected("{\"String\": ...} or {\"Regex\": ...}");
}

std::vector<Part> find_each(std::string_view text, const std::function<bool(char32_t)>& matches) {
  std::vector<Part> parts;
  std::uint32_t done = 0;
  for (std::size_t offset = 0; offset < text.size();) {
    const auto begin = static_cast<std::uint32_t>(offset);
    if (!matches(next_code_point(text, offset))) continue;
    if (begin > done) parts.push_back({{done, begin}, false});
    parts.push_back({{begin, static_cast<std::uint32_t>(offset)}, true});
    done = static_cast<std::uint32_t>(offset);
  }
  if (done < text.size()) parts.push_back({{done, static_cast<std::uint32_t>(text.size())}, false});
  return parts;
}

Delimiter read_delimiter(const JsonReader& reader, Delimiter otherwise) {
  constexpr std::array<std::pair<std::string_view, Delimiter>, 5> kNames{{
      {"Removed", Delimiter::removed},
      {"Isolated", Delimiter::isolated},
      {"MergedWithPrevious", Delimiter::merged_with_previous},
      {"MergedWithNext", Delimiter::merged_with_next},
      {"Contiguous", Delimiter::contiguous},
  }};
  if (!reader.has("behavior")) return otherwise;
  const std::string name =
      reader.at("behavior")
          .choice({"Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"});
  return std::find_if(kNames.begin(), kNames.end(),
                      [&](const auto& row) { return row.first == name; })
      ->second;
}

std::vector<Range> split_at(const std::vector<Part>& parts, Delimiter delimiter) {
  std::vector<Range> ranges;
  bool previous = false;
  const auto add = [&](const Part& part, bool join) {
    if (join && !ranges.empty())
      ranges.back().end = part.range.end;
    else
      ranges.push_back(part.range);
    previous = part.matched;
  };
  switch (delimiter) {
    case Delimiter::removed:
      for (const Part& part : parts)
        if (!part.matched) ranges.push_back(part.range);
      break;
    case Delimiter::isolated:
      for (const Part& part : parts) ranges.push_back(part.range);
      break;
    case Delimiter::contiguous:
      for (const Part& part : parts) add(part, part.matched == previous);
      break;
    case Delimiter::merged_with_previous:
      for (const Part& part : parts) add(part, part.matched && !previous);
      break;
    case Delimiter::merged_with_next:
      for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
        if (part->matched && !previous && !ranges.empty())
          ranges.back().begin = part->range.begin;
        else
          ranges.push_back(part->range);
        previous = part->matched;
      }
      std::reverse(ranges.begin(), ranges.end());
      break;
  }
  return ranges;
}

}  // namespace prospect::tokenizers
