#include <functional>

#include "scoring/tokenizers/detail/kinds.h"
#include "scoring/tokenizers/detail/pattern.h"
#include "scoring/tokenizers/detail/unicode.h"
#include "scoring/tokenizers/pre_tokenizers/kinds.h"

namespace prospect::tokenizers {
namespace {

// Splits each word at what a finder finds.
class Splitter final : public PreTokenizer {
 public:
  using Finder = std::function<std::vector<Part>(std::string_view)>;

  Splitter(Finder find, Delimiter delimiter) : find_(std::move(find)), delimiter_(delimiter) {}

  void split(Words& words) const override {
    std::vector<Range> ranges;
    for (const Range& word : words.ranges) {
      const auto text =
          std::string_view(words.text.text()).substr(word.begin, word.end - word.begin);
      for (const Range& range : split_at(find_(text), delimiter_))
        ranges.push_back({word.begin + range.begin, word.begin + range.end});
    }
    words.ranges = std::move(ranges);
  }

 private:
  Finder find_;
  Delimiter delimiter_;
};

std::unique_ptr<const PreTokenizer> splitter(bool (*matches)(char32_t), Delimiter delimiter) {
  return std::make_unique<Splitter>(
      [matches](std::string_view text) { return find_each(text, matches); }, delimiter);
}

// Word characters and what is neither word nor white space, each run being a part; white space is
// what "matches" and is dropped. This is the expression `\w+|[^\w\s]+`, inverted.
std::vector<Part> find_space_between_runs(std::string_view text) {
  std::vector<Part> parts;
  bool previous_word = false;
  for (std::size_t offset = 0; offset < text.size();) {
    const auto begin = static_cast<std::uint32_t>(offset);
    const char32_t c = next_code_point(text, offset);
    const auto end = static_cast<std::uint32_t>(offset);
    const bool word = is_word_character(c), space = !word && is_white_space(c);
    const bool joins =
        !parts.empty() && parts.back().matched == space && (space || previous_word == word);
    if (joins)
      parts.back().range.end = end;
    else
      parts.push_back({{begin, end}, space});
    previous_word = word;
  }
  return parts;
}

}  // namespace

std::unique_ptr<const PreTokenizer> make_split(const JsonReader& reader) {
  const std::shared_ptr<const Pattern> pattern = read_pattern(reader.at("pattern"));
  const bool invert = boolean_or(reader, "invert", false);
  return std::make_unique<Splitter>(
      [pattern, invert](std::string_view text) {
        auto parts = pattern->find(text);
        if (invert)
          for (Part& part : parts) part.matched = !part.matched;
        return parts;
      },
      read_delimiter(reader, Delimiter::removed));
}

std::unique_ptr<const PreTokenizer> make_char_delimiter_split(const JsonReader& reader) {
  const std::string text = reader.at("delimiter").string();
  if (code_points(text) != 1) reader.at("delimiter").fail_expected("one character");
  std::size_t offset = 0;
  const char32_t delimiter = next_code_point(text, offset);
  return std::make_unique<Splitter>(
      [delimiter](std::string_view where) {
        return find_each(where, [delimiter](char32_t c) { return c == delimiter; });
      },
      Delimiter::removed);
}

std::unique_ptr<const PreTokenizer> make_whitespace(const JsonReader&) {
  return std::make_unique<Splitter>(find_space_between_runs, Delimiter::removed);
}

std::unique_ptr<const PreTokenizer> make_whitespace_split(const JsonReader&) {
  return splitter(is_white_space, Delimiter::removed);
}

std::unique_ptr<const PreTokenizer> make_punctuation(const JsonReader& reader) {
  return splitter(is_punctuation, read_delimiter(reader, Delimiter::isolated));
}

std::unique_ptr<const PreTokenizer> make_digits(const JsonReader& reader) {
  const bool individual = boolean_or(reader, "individual_digits", false);
  return splitter(is_numeric, individual ? Delimiter::isolated : Delimiter::contiguous);
}

}  // namespace prospect::tokenizers
