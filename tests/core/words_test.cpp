#include "core/words.h"

#include <doctest/doctest.h>

using prospect::split_words;

namespace {

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  for (const auto& word : split_words(text)) words.emplace_back(word.of(text));
  return words;
}

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("a word ends between letters of any script and marks, and nowhere else") {
  const std::string text = "guitarist's guitar-solo café́s 東京";
  CHECK_FALSE(prospect::is_word_boundary(text, 6));  // guitar|ist
  CHECK(prospect::is_word_boundary(text, 9));        // guitarist|'s
  CHECK(prospect::is_word_boundary(text, text.find("-solo")));
  CHECK_FALSE(prospect::is_word_boundary(text, text.find("́")));  // caf|é, a letter and a mark
  CHECK_FALSE(prospect::is_word_boundary(text, text.find("京")));
  CHECK(prospect::is_word_boundary(text, 0));
  CHECK(prospect::is_word_boundary(text, text.size()));
}

TEST_CASE("words are cut as treebanks cut them") {
  CHECK(words_of("Peru's capital, Lima (1,200 m) -- a co-founder...") ==
        Words{"Peru", "'s", "capital", ",", "Lima", "(", "1,200", "m", ")", "--", "a", "co-founder",
              "..."});
  CHECK(words_of("don't we’ll AT&T U.S. \"x\"") ==
        Words{"don't", "we", "’ll", "AT&T", "U.S", ".", "\"", "x", "\""});
  CHECK(words_of("'s capital") == Words{"'s", "capital"});
  CHECK(words_of("'sound") == Words{"'", "sound"});
  CHECK(words_of("  ").empty());
}

TEST_CASE("a token holds a word when it has a letter or digit") {
  CHECK(prospect::holds_word("'s"));
  CHECK(prospect::holds_word("é"));
  CHECK_FALSE(prospect::holds_word("--"));
  CHECK_FALSE(prospect::holds_word(""));
}

TEST_CASE("lower case of the same length keeps every place") {
  CHECK(prospect::lower_same_length("ÉCOLE Straße") == "école straße");
  const std::string dotted = "İ";  // its lower case is longer or shorter: it stays
  CHECK(prospect::lower_same_length(dotted) == dotted);
  CHECK(prospect::lower_same_length("A\xFFZ") == "a\xFFz");
}
