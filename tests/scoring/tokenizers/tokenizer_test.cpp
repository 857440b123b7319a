#include "scoring/tokenizers/tokenizer.h"

#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

#include "core/error.h"
#include "tests/scoring/tokenizers/small_tokenizer.h"
#include "tests/support/expect_error.h"
#include "tests/support/shared_data.h"

namespace prospect {
namespace {

using Ids = std::vector<TokenId>;

TEST_CASE("the documented use gives the ids with special tokens") {
  if (!test::has_shared("models/pocket-mlm")) return;
  const auto tokenizer = open_tokenizer(test::shared_folder() / "models/pocket-mlm");

  CHECK(tokenizer->encode("It was [MASK].", true) == Ids{2, 575, 607, 4, 18, 3});
  CHECK(tokenizer->mask() == TokenId{4});
  CHECK(tokenizer->max_length() == std::size_t{128});
}

TEST_CASE("invalid bytes are one replacement character for each maximal sequence") {
  Json json = test::small_tokenizer_json();
  json["normalizer"] = nullptr;
  json["model"]["vocab"]["\uFFFD"] = 22;
  json["model"]["vocab"]["##\uFFFD"] = 23;
  const auto tokenizer = test::open_json(json);

  CHECK(tokenizer->encode("\xFF", false) == Ids{22});
  CHECK(tokenizer->encode("\xE2\x82", false) == Ids{22});              // a cut euro sign
  CHECK(tokenizer->encode("\xC3\x28", false) == Ids{22, 1});           // a lead byte, "("
  CHECK(tokenizer->encode("\xED\xA0\x80", false) == Ids{22, 23, 23});  // a surrogate
  CHECK(tokenizer->encode("good \x80 film", false) == Ids{9, 22, 11});
  const auto encoding = tokenizer->encode_pair("\xFF good", std::nullopt, false);
  CHECK(encoding.offsets[1] == TokenSpan{4, 8, 0});
}

TEST_CASE("offsets say which bytes of which text a token stands for") {
  const auto tokenizer = test::small_tokenizer();

  const auto encoding = tokenizer->encode_pair("a films", "good", true);

  CHECK(encoding.tokens ==
        std::vector<std::string>{"[CLS]", "a", "film", "##s", "[SEP]", "good", "[SEP]"});
  CHECK(encoding.offsets ==
        std::vector<TokenSpan>{
            {0, 0, -1}, {0, 1, 0}, {2, 6, 0}, {6, 7, 0}, {0, 0, -1}, {0, 4, 1}, {0, 0, -1}});
}

TEST_CASE("truncation that cannot be done is refused") {
  const auto tokenizer = test::small_tokenizer();
  using Side = Truncation::Side;
  const auto refuse = [&](std::optional<std::string> pair, Truncation truncation, const char* why) {
    test::expect_error(ErrorKind::input, why,
                       [&] { tokenizer->encode_pair("a good film", pair, true, truncation); });
  };
  refuse(std::nullopt, {4, Side::only_second}, "expected a second text to cut");
  refuse("it", {5, Side::only_second}, "expected a text of more than 2 tokens");
  refuse("it", {2, Side::only_first}, "expected room for 3 special tokens");
  CHECK(tokenizer->encode_pair("a good film", std::nullopt, true, Truncation{2, Side::only_first})
            .ids == Ids{2, 3});
}

TEST_CASE("traits tell special, unused, continuing, capitalised and typable tokens apart") {
  const auto tokenizer = test::small_tokenizer();
  const auto traits = [&](const char* token) { return tokenizer->traits(*tokenizer->id(token)); };

  CHECK(traits("[MASK]").special);
  CHECK_FALSE(traits("[MASK]").typable);
  CHECK(traits("[unused0]").unused);
  CHECK_FALSE(traits("[unused0]").typable);
  CHECK(traits("good").word_start);
  CHECK(traits("good").typable);
  CHECK_FALSE(traits("good").capitalised);
  CHECK(traits("Paris").capitalised);
  CHECK_FALSE(traits("##ly").word_start);
  CHECK(traits("##ly").typable);
  CHECK_FALSE(traits("good").whitespace);
  CHECK(tokenizer->traits(-1).unused);
  CHECK(tokenizer->traits(1000).unused);
}

TEST_CASE("the fingerprint changes with any file that was read") {
  const test::ScratchFolder folder;
  folder.write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nfilm\n");
  const std::string first = open_tokenizer(folder.path())->fingerprint();
  CHECK(open_tokenizer(folder.path())->fingerprint() == first);

  folder.write("tokenizer_config.json", R"({"do_lower_case": false})");
  const std::string second = open_tokenizer(folder.path())->fingerprint();
  CHECK(second != first);
  folder.write("notes.txt", "not read");
  CHECK(open_tokenizer(folder.path())->fingerprint() == second);
}

TEST_CASE("vocab.txt follows the switches of tokenizer_config.json") {
  const test::ScratchFolder folder;
  folder.write("vocab.txt", "[PAD]\r\n[UNK]\r\n[CLS]\r\n[SEP]\r\n<m>\r\nfilm\r\nFilm\r\nnaïve\r\n");
  folder.write("special_tokens_map.json", R"({"mask_token": {"content": "<m>"}})");
  const auto open_with = [&](const std::string& config) {
    folder.write("tokenizer_config.json", config);
    return open_tokenizer(folder.path());
  };
  CHECK(open_with("{}")->encode("Film <m> Film", false) == Ids{5, 4, 5});
  CHECK(open_with("{}")->mask() == TokenId{4});
  CHECK(open_with(R"({"do_lower_case": false})")->encode("Film", false) == Ids{6});
  CHECK(open_with(R"({"strip_accents": false})")->encode("Naïve", false) == Ids{7});
  CHECK(open_with(R"({"strip_accents": true})")->encode("Naïve", false) == Ids{1});
  CHECK(open_with(R"({"added_tokens_decoder": {"8": {"content": "<new>"}}})")
            ->encode("film<new>film", false) == Ids{5, 8, 5});
  CHECK(open_with(R"({"model_max_length": 1000000000000000019884624838656})")->max_length() ==
        std::nullopt);
  CHECK(open_with(R"({"model_max_length": 64})")->max_length() == std::size_t{64});
}

TEST_CASE("the shorter of the file's and the model's length counts") {
  const auto tokenizer = test::small_tokenizer();
  CHECK_FALSE(tokenizer->max_length());
  tokenizer->set_max_length(64);
  tokenizer->set_max_length(128);
  CHECK(tokenizer->max_length() == std::size_t{64});
}

TEST_CASE("many threads get the same ids from one tokenizer") {
  const auto tokenizer = test::small_tokenizer();
  const std::string text = "a good film, it was fun! ünïcödé 电影 [MASK]";
  const auto expected = tokenizer->encode(text, true);
  std::vector<int> wrong(4, 0);

  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < wrong.size(); ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 500; ++i) wrong[t] += tokenizer->encode(text, true) == expected ? 0 : 1;
    });
  for (auto& thread : threads) thread.join();

  CHECK(wrong == std::vector<int>(4, 0));
}

}  // namespace
}  // namespace prospect
