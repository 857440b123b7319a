#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/error.h"
#include "scoring/tokenizers/tokenizer.h"
#include "tests/scoring/tokenizers/small_tokenizer.h"
#include "tests/support/expect_error.h"

namespace prospect {
namespace {

using Ids = std::vector<TokenId>;

// A tokenizer that is a model alone, with added tokens.
std::unique_ptr<Tokenizer> open_model(const std::string& model, const std::string& added = "[]",
                                      const std::string& normalizer = "null") {
  return test::open_json(parse_json(R"({"model":)" + model + R"(,"added_tokens":)" + added +
                                        R"(,"normalizer":)" + normalizer + "}",
                                    "test"));
}

TEST_CASE("a word-level model knows whole words") {
  const char* model =
      R"({"type":"WordLevel","vocab":{"a":0,"<unk>":1,"b c":2},"unk_token":"<unk>"})";
  const auto tokenizer = open_model(model);
  CHECK(tokenizer->encode("b c", false) == Ids{2});
  CHECK(tokenizer->encode("c", false) == Ids{1});
  const auto strict = open_model(R"({"type":"WordLevel","vocab":{"a":0},"unk_token":"<unk>"})");
  CHECK(strict->encode("a", false) == Ids{0});
  test::expect_error(ErrorKind::model, "unknown token '<unk>' for a word that is no token",
                     [&] { strict->encode("b", false); });
}

TEST_CASE("a model of an older file, without a type, is known by its members") {
  CHECK(open_model(R"({"vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]})")->encode("ab", false) ==
        Ids{2});
  CHECK(open_model(R"({"vocab":[["<unk>",0],["a",-1]],"unk_id":0})")->encode("a", false) == Ids{1});
  CHECK(open_model(R"({"vocab":{"a":0,"[UNK]":1,"##a":2},"continuing_subword_prefix":"##"})")
            ->encode("aa", false) == Ids{0, 2});
  CHECK(open_model(R"({"vocab":{"aa":0,"?":1},"unk_token":"?"})")->encode("aa", false) == Ids{0});
}

TEST_CASE("with ignore_merges a word that is a token is that token, marks or not") {
  const char* model =
      R"({"type":"BPE","vocab":{"a":0,"b</w>":1,"ab":2},"merges":[],"end_of_word_suffix":"</w>","ignore_merges":true})";
  CHECK(open_model(model)->encode("ab", false) == Ids{2});
}

TEST_CASE("the bytes of a marked character are those of its marks too, as in the reference") {
  std::string vocab = R"("a":0)";
  for (const char* byte : {"<0xC3>", "<0xA9>", "<0x40>"})
    vocab += ",\"" + std::string(byte) +
             "\":" + std::to_string(1 + (byte[3] == 'A') + 2 * (byte[3] == '4'));
  const auto tokenizer =
      open_model(R"({"type":"BPE","vocab":{)" + vocab +
                 R"(},"merges":[],"continuing_subword_prefix":"@","byte_fallback":true})");
  CHECK(tokenizer->encode("a\u00E9", false) == Ids{0, 3, 1, 2});
  CHECK(tokenizer->encode_pair("a\u00E9", std::nullopt, false).offsets.back().end == 3);
}

TEST_CASE("unigram sums are the reference's to the last bit") {
  // The two ways to cut "aab" differ by the order of their sum alone.
  const auto tokenizer = open_model(
      R"({"type":"Unigram","unk_id":0,"vocab":[["<unk>",0],["a",-1.1000000000000001],["aa",-2.2000000000000002],["b",-3.3]]})");
  CHECK(tokenizer->encode("aab", false).size() <= 3);
  CHECK(tokenizer->encode("aab", false).back() == 3);
}

constexpr const char* kLetters =
    R"({"type":"WordLevel","vocab":{"<unk>":0,"x":1,"y":2},"unk_token":"<unk>"})";

std::string added_token(int id, const std::string& content, const std::string& more) {
  return R"({"id":)" + std::to_string(id) + R"(,"content":")" + content + "\"" + more + "}";
}

TEST_CASE("white space that an added token took along is nobody else's") {
  const auto tokenizer =
      open_model(kLetters, "[" + added_token(3, " ", R"(,"lstrip":true,"rstrip":true)") + "]");
  CHECK(tokenizer->encode("x   y", false) == Ids{1, 3, 2});
  CHECK(tokenizer->encode("   ", false) == Ids{3});
}

TEST_CASE("an added token that strips nothing is found in white space that another took along") {
  const std::string tokens =
      "[" + added_token(3, "<k>", R"(,"rstrip":true)") + "," + added_token(4, " ", "") + "]";
  CHECK(open_model(kLetters, tokens)->encode("<k> y", false) == Ids{3, 4, 2});
}

TEST_CASE("a special token that the normalizer changes is not skipped, as in the reference") {
  const std::string tokens = "[" + added_token(3, "AB", R"(,"special":true,"normalized":true)") +
                             "," + added_token(4, "cd", R"(,"special":true)") + "]";
  const auto tokenizer = open_model(kLetters, tokens, R"({"type":"Lowercase"})");
  CHECK(tokenizer->encode("AB", false) == Ids{3});
  CHECK(tokenizer->decode(Ids{3, 4, 1}, true) == "ab x");
}

}  // namespace
}  // namespace prospect
