#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/json.h"
#include "scoring/tokenizers/decoder.h"
#include "scoring/tokenizers/detail/byte_trie.h"
#include "scoring/tokenizers/normalizer.h"
#include "scoring/tokenizers/pre_tokenizer.h"

namespace prospect::tokenizers {
namespace {

// The expected values of this file are the reference library's.

struct NormalizerRow {
  const char *json, *text, *expected;
};

const NormalizerRow kNormalizers[] = {
    {R"({"type":"BertNormalizer"})", "  A\tB\u0001\u00E9\u6211 ", "  a be \u6211  "},
    {R"({"type":"BertNormalizer","lowercase":false})", "\u00C9A\u0301", "\u00C9A\u0301"},
    {R"({"type":"BertNormalizer","lowercase":false,"strip_accents":true})", "\u00C9A\u0301", "EA"},
    {R"({"type":"BertNormalizer","strip_accents":false})", "\u00C9A\u0301", "\u00E9a\u0301"},
    {R"({"type":"BertNormalizer","handle_chinese_chars":false})", "a\u6211", "a\u6211"},
    {R"({"type":"BertNormalizer","clean_text":false})", "A\tB\u0001", "a\tb\u0001"},
    {R"({"type":"Lowercase"})", "\u0130\u03A3\u1E9E", "i\u0307\u03C3\u00DF"},
    {R"({"type":"ByteLevel"})", "a \u00E9\n", "a\u0120\u00C3\u00A9\u010A"},
    {R"({"type":"Replace","pattern":{"Regex":"^ +"},"content":"_"})", "  a\n b", "_a\n_b"},
    {R"({"type":"NFC"})", "e\u0301 \u1100\u1161\u11A8 \u212B", "\u00E9 \uAC01 \u00C5"},
    {R"({"type":"NFD"})", "\u1ED9\uAC01", "o\u0323\u0302\u1100\u1161\u11A8"},
    {R"({"type":"NFKC"})", "\uFB01\u2460\uFF21", "fi1A"},
    {R"({"type":"NFKD"})", "\uFB01\u00E9", "fie\u0301"},
    {R"({"type":"StripAccents"})", "e\u0301\u00E9", "e\u00E9"},
    {R"({"type":"Strip","strip_left":true,"strip_right":false})", " \u3000a b \n", "a b \n"},
    {R"({"type":"Strip","strip_left":false,"strip_right":true})", " a b \n", " a b"},
    {R"({"type":"Strip","strip_left":true,"strip_right":true})", " \n ", ""},
    {R"({"type":"Replace","pattern":{"String":"``"},"content":"\""})", "``a```", "\"a\"`"},
    {R"({"type":"Replace","pattern":{"Regex":"\\s+"},"content":"_"})", "a \u00A0\u0085 b", "a_b"},
    {R"({"type":"Prepend","prepend":"\u2581"})", "ab",
     "\u2581"
     "ab"},
    {R"({"type":"Prepend","prepend":"\u2581"})", "", ""},
    {R"({"type":"Sequence","normalizers":[{"type":"NFD"},{"type":"StripAccents"},{"type":"Lowercase"}]})",
     "\u00C9", "e"},
};

TEST_CASE("normalizers make of a text what the reference makes") {
  for (const auto& row : kNormalizers) {
    CAPTURE(row.json);
    const Json json = parse_json(row.json, "row");
    const auto normalizer = make_normalizer({json, "row"});
    for (const bool tracked : {false, true}) {
      AlignedText text(row.text, 0, tracked);
      normalizer->apply(text);
      CHECK(text.text() == row.expected);
    }
  }
}

TEST_CASE("a normalised text knows from which bytes it comes") {
  const Json json = parse_json(R"({"type":"BertNormalizer"})", "test");
  AlignedText text("x\u0001\u00C9\u6211", 10, true);
  make_normalizer({json, "test"})->apply(text);

  REQUIRE(text.text() == "xe \u6211 ");
  CHECK(text.source(0, 1) == Range{10, 11});
  CHECK(text.source(1, 2) == Range{12, 14});  // the accent is gone, its letter is two bytes
  CHECK(text.source(2, 3) == Range{14, 17});  // the blank before a Chinese character stands for it
  CHECK(text.source(3, 6) == Range{14, 17});
  CHECK(text.source(0, 7) == Range{10, 17});
}

struct PreTokenizerRow {
  const char *json, *text;
  std::vector<std::string> expected;
};

const PreTokenizerRow kPreTokenizers[] = {
    {R"({"type":"BertPreTokenizer"})",
     "Hi, it's\u3000fun!!",
     {"Hi", ",", "it", "'", "s", "fun", "!", "!"}},
    {R"({"type":"BertPreTokenizer"})", " \n", {}},
    {R"({"type":"Whitespace"})", "Hi, it's a_b  +-", {"Hi", ",", "it", "'", "s", "a_b", "+-"}},
    {R"({"type":"WhitespaceSplit"})",
     " Hi, it's\u00A0"
     "fun ",
     {"Hi,", "it's", "fun"}},
    {R"({"type":"Punctuation"})", "a,b!! c", {"a", ",", "b", "!", "!", " c"}},
    {R"({"type":"Punctuation","behavior":"Contiguous"})", "a,b!! c", {"a", ",", "b", "!!", " c"}},
    {R"({"type":"Punctuation","behavior":"Removed"})", "a,b!! c", {"a", "b", " c"}},
    {R"({"type":"Punctuation","behavior":"MergedWithPrevious"})",
     "a,b!! c",
     {"a,", "b!", "!", " c"}},
    {R"({"type":"Punctuation","behavior":"MergedWithNext"})", "a,b!! c", {"a", ",b", "!", "! c"}},
    {R"({"type":"Digits","individual_digits":true})", "a12 \u0663", {"a", "1", "2", " ", "\u0663"}},
    {R"({"type":"Digits","individual_digits":false})", "a12 3", {"a", "12", " ", "3"}},
    {R"({"type":"CharDelimiterSplit","delimiter":"-"})", "a-b--c", {"a", "b", "c"}},
    {R"({"type":"FixedLength","length":2})", "aé日bc", {"aé", "日b", "c"}},
    {R"({"type":"UnicodeScripts"})", "  ab 日カー, x", {"ab ", "日カー", ", ", "x"}},
    {R"({"type":"UnicodeScripts"})", "  ", {}},
    {R"({"type":"Split","pattern":{"Regex":"^ +"},"behavior":"Removed"})",
     "  a\n  b",
     {"a\n", "b"}},
    {R"({"type":"Split","pattern":{"Regex":"[^\\w\\s]"},"behavior":"Isolated"})",
     "a\u200D_",
     {"a", "\u200D", "_"}},
    {R"({"type":"Split","pattern":{"Regex":"\\h+"},"behavior":"Isolated"})",
     "xC0y",
     {"x", "C0", "y"}},
    {R"({"type":"Split","pattern":{"String":"ab"},"behavior":"Isolated","invert":false})",
     "xabab",
     {"x", "ab", "ab"}},
    {R"({"type":"Split","pattern":{"Regex":"\\w+"},"behavior":"Removed","invert":true})",
     "x, yz!",
     {"x", "yz"}},
    {R"({"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},{"type":"Punctuation"}]})",
     "a, b",
     {"a", ",", "b"}},
};

TEST_CASE("pre-tokenizers split a text as the reference does") {
  for (const auto& row : kPreTokenizers) {
    CAPTURE(row.json);
    const Json json = parse_json(row.json, "row");
    Words words(AlignedText(row.text, 0, false));
    make_pre_tokenizer({json, "row"})->split(words);
    std::vector<std::string> found;
    for (const Range& range : words.ranges)
      found.push_back(words.text.text().substr(range.begin, range.end - range.begin));
    CHECK(found == row.expected);
  }
}

struct DecoderRow {
  const char* json;
  std::vector<std::string> tokens, expected;
};

const DecoderRow kDecoders[] = {
    {R"({"type":"WordPiece","prefix":"##","cleanup":true})",
     {"##a", "##b", "good", "!", "do", "not", "'", "##s"},
     {"##a", "b", " good", "!", " do", " not", " '", "s"}},
    {R"({"type":"WordPiece","prefix":"##","cleanup":false})", {"good", "!"}, {"good", " !"}},
    {R"({"type":"Fuse"})", {"a", "b"}, {"ab"}},
    {R"({"type":"CTC","pad_token":"<pad>","word_delimiter_token":"|","cleanup":true})",
     {"a", "a", "<pad>", "a", "|", "b", " ."},
     {"a", "a", " ", "b", "."}},
    {R"({"type":"CTC","pad_token":"<pad>","word_delimiter_token":"|","cleanup":false})",
     {"a", "|"},
     {"a", "|"}},
    {R"({"type":"Replace","pattern":{"String":"_"},"content":" "})", {"_a_", "b"}, {" a ", "b"}},
    {R"({"type":"Strip","content":"_","start":1,"stop":2})", {"__a___", "_"}, {"_a_", ""}},
    {R"({"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]})",
     {" a", " b"},
     {"a b"}},
};

TEST_CASE("decoders make of tokens what the reference makes") {
  for (const auto& row : kDecoders) {
    CAPTURE(row.json);
    const Json json = parse_json(row.json, "row");
    CHECK(make_decoder({json, "row"})->decode(row.tokens) == row.expected);
  }
}

TEST_CASE("the trie finds the longest key at a place, and an empty one nowhere") {
  ByteTrie trie;
  CHECK(trie.insert("a", 1));
  CHECK(trie.insert("abc", 2));
  CHECK(trie.insert("", 3));
  CHECK_FALSE(trie.insert("a", 4));

  CHECK(trie.longest("xabd", 1).value == 1);
  CHECK(trie.longest("xabcd", 1).value == 2);
  CHECK(trie.longest("xabcd", 1).length == 3);
  CHECK(trie.longest("x", 0).value == ByteTrie::kNone);
  CHECK(trie.longest("x", 1).value == ByteTrie::kNone);
  CHECK(trie.find("abc") == 2U);
  CHECK_FALSE(trie.find("ab"));
}

TEST_CASE("a trie of many keys finds each of them") {
  ByteTrie trie;
  for (std::uint32_t i = 0; i < 20'000; ++i) REQUIRE(trie.insert(std::to_string(i * 7919U), i));
  int wrong = 0;
  for (std::uint32_t i = 0; i < 20'000; ++i)
    wrong += trie.find(std::to_string(i * 7919U)) == i ? 0 : 1;
  CHECK(wrong == 0);
}

}  // namespace
}  // namespace prospect::tokenizers
