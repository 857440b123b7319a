#include "scoring/tokenizers/detail/published_patterns.h"

#include <array>

#include "scoring/tokenizers/detail/unicode.h"

namespace prospect::tokenizers {
namespace {

enum class Sort : std::uint8_t { letter, number, space, other };

Sort sort_of(char32_t c) {
  if (is_letter(c)) return Sort::letter;
  if (is_number(c)) return Sort::number;
  return is_white_space(c) ? Sort::space : Sort::other;
}

std::array<Sort, 128> make_ascii_sorts() {
  std::array<Sort, 128> sorts{};
  for (std::size_t i = 0; i < sorts.size(); ++i) sorts[i] = sort_of(static_cast<char32_t>(i));
  return sorts;
}

// A place in a text and what stands there.
class Cursor {
 public:
  Cursor(std::string_view text, std::size_t at) : text_(text), next_(at) { advance(); }

  bool at_end() const { return at_ >= text_.size(); }
  std::size_t at() const { return at_; }
  char32_t c() const { return c_; }
  bool is(Sort sort) const { return !at_end() && sort_ == sort; }
  bool is_line_end() const { return !at_end() && (c_ == '\r' || c_ == '\n'); }

  void advance() {
    at_ = next_;
    if (at_end()) return;
    c_ = next_code_point(text_, next_);
    static const std::array<Sort, 128> kAscii = make_ascii_sorts();
    sort_ = c_ < 0x80 ? kAscii[c_] : sort_of(c_);
  }
  void skip(Sort sort) {
    while (is(sort)) advance();
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0, next_;
  char32_t c_ = 0;
  Sort sort_ = Sort::other;
};

// The length of 's, 't, 're, 've, 'm, 'll or 'd at a place, 0 where there is none.
std::size_t contraction(std::string_view text, std::size_t at, bool any_case) {
  if (text[at] != '\'') return 0;
  // The long s is an s to a matcher that does not look at the case.
  if (any_case && text.substr(at + 1).starts_with("\u017F")) return 3;
  const auto letter = [&](std::size_t i) {
    const char c = at + i < text.size() ? text[at + i] : '\0';
    return any_case && c >= 'A' && c <= 'Z' ? static_cast<char>(c + 'a' - 'A') : c;
  };
  const char first = letter(1), second = letter(2);
  if (first == 's' || first == 't' || first == 'm' || first == 'd') return 2;
  if ((first == 'r' || first == 'v') && second == 'e') return 3;
  return first == 'l' && second == 'l' ? 3 : 0;
}

// Where the word that is white space ends, by `\s+(?!\S)|\s+`: the last of several white space
// characters is left to the word behind it.
std::size_t end_of_space(Cursor cursor) {
  std::size_t last = cursor.at(), count = 0;
  for (; cursor.is(Sort::space); cursor.advance(), ++count) last = cursor.at();
  return cursor.at_end() || count == 1 ? cursor.at() : last;
}

std::size_t end_of_gpt2_word(std::string_view text, std::size_t begin) {
  if (const std::size_t length = contraction(text, begin, false)) return begin + length;
  Cursor cursor(text, begin);
  if (cursor.c() == ' ') {
    Cursor after = cursor;
    after.advance();
    if (!after.at_end() && !after.is(Sort::space)) cursor = after;
  }
  for (const Sort sort : {Sort::letter, Sort::number, Sort::other}) {
    if (!cursor.is(sort)) continue;
    cursor.skip(sort);
    return cursor.at();
  }
  return end_of_space(cursor);
}

// Where the last line end of the white space at a place ends; 0 where it has none.
std::size_t end_of_lines(Cursor cursor) {
  std::size_t end = 0;
  while (cursor.is(Sort::space)) {
    const bool line_end = cursor.is_line_end();
    cursor.advance();
    if (line_end) end = cursor.at();
  }
  return end;
}

// The expression of Llama 3 and Qwen 2, but for the number of digits in a word:
// (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*
// |\s*[\r\n]+|\s+(?!\S)|\s+
std::size_t end_of_llama_word(std::string_view text, std::size_t begin, int most_digits) {
  if (const std::size_t length = contraction(text, begin, true)) return begin + length;
  Cursor cursor(text, begin);
  Cursor after = cursor;
  after.advance();
  const bool one_before = !cursor.is_line_end() && !cursor.is(Sort::number);
  if (cursor.is(Sort::letter) || (one_before && after.is(Sort::letter))) {
    after.skip(Sort::letter);
    return after.at();
  }
  if (cursor.is(Sort::number)) {
    for (int i = 0; i < most_digits && cursor.is(Sort::number); ++i) cursor.advance();
    return cursor.at();
  }
  if (cursor.is(Sort::other) || (cursor.c() == ' ' && after.is(Sort::other))) {
    after.skip(Sort::other);
    while (after.is_line_end()) after.advance();
    return after.at();
  }
  if (const std::size_t end = end_of_lines(cursor)) return end;
  return end_of_space(cursor);
}

// Words that cover a text, each being a match.
template <class EndOfWord>
class WordPattern final : public Pattern {
 public:
  explicit WordPattern(EndOfWord end_of_word) : end_of_word_(std::move(end_of_word)) {}

  std::vector<Part> find(std::string_view text) const override {
    std::vector<Part> parts;
    parts.reserve(text.size() / 5 + 1);
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = end_of_word_(text, begin);
      parts.push_back({{static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)}, true});
      begin = end;
    }
    return parts;
  }

 private:
  EndOfWord end_of_word_;
};

template <class EndOfWord>
std::unique_ptr<const Pattern> word_pattern(EndOfWord end_of_word) {
  return std::make_unique<WordPattern<EndOfWord>>(std::move(end_of_word));
}

constexpr std::string_view kGpt2 =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
constexpr std::string_view kLlama3 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kQwen2 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

}  // namespace

void split_as_gpt2(std::string_view text, Range part, std::vector<Range>& words) {
  // What stands behind the part must not be seen.
  text = text.substr(0, part.end);
  for (std::size_t begin = part.begin; begin < part.end;) {
    const std::size_t end = end_of_gpt2_word(text, begin);
    words.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)});
    begin = end;
  }
}

std::unique_ptr<const Pattern> find_published_pattern(std::string_view expression) {
  if (expression == kGpt2) return word_pattern(end_of_gpt2_word);
  for (const int most_digits : {1, 3}) {
    if (expression != (most_digits == 3 ? kLlama3 : kQwen2)) continue;
    return word_pattern([most_digits](std::string_view text, std::size_t begin) {
      return end_of_llama_word(text, begin, most_digits);
    });
  }
  return nullptr;
}

}  // namespace prospect::tokenizers
