#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/error.h"
#include "scoring/tokenizers/tokenizer.h"
#include "tests/scoring/tokenizers/small_tokenizer.h"
#include "tests/support/expect_error.h"
#include "tests/support/shared_data.h"

namespace prospect {
namespace {

using Ids = std::vector<TokenId>;
using Slots = std::vector<std::uint32_t>;

Example example(const std::string& text) {
  Example row;
  row.id = "1";
  row.fields["text"] = text;
  return row;
}

Ids joined(Ids first, const Ids& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

// Tokenizers of causal models: with and without BOS, byte-level and with SentencePiece's blanks.
constexpr const char* kCausal[] = {
    "parity/gpt-neox", "parity/gpt2", "parity/llama2", "parity/llama3",
    "parity/mistral",  "parity/opt",  "parity/qwen2",  "parity/tokenizer-spm-llama2",
};

template <class Check>
void for_each_causal(Check check) {
  for (const std::string folder : kCausal) {
    if (!test::has_shared(folder)) continue;
    CAPTURE(folder);
    const auto tokenizer = open_tokenizer(test::shared_folder() / folder);
    CHECK(tokenizer->answer_form() == AnswerForm::next_token);
    CHECK_FALSE(tokenizer->mask());
    check(*tokenizer);
  }
}

TEST_CASE("a prompt and its answer have the ids of the written text") {
  struct Row {
    const char *tmpl, *prompt, *text, *answer;
  };
  const Row rows[] = {
      {"{text} It was {mask}", " It was", "The film ends.", " great"},
      {"{text} It was {mask}.", " It was", "The film ends.", " great"},
      {"Review: {text}\nSentiment: {mask}", "\nSentiment:", "a joy", " positive"},
      {"{text}\n{mask}", "\n", "one two", "three"},
      {"{text} ({mask}", " (", "one two", "three"},
      {"{text} {mask}", "", "one two", " New York"},
  };
  for_each_causal([&](const Tokenizer& tokenizer) {
    for (const Row& row : rows) {
      CAPTURE(row.tmpl);
      const Template tmpl = Template::parse(row.tmpl);
      const std::string before = std::string(row.tmpl).starts_with("Review") ? "Review: " : "";
      const std::string prompt = before + row.text + row.prompt;
      const auto filled = tokenizer.fill(tmpl, example(row.text));
      const auto answer = tokenizer.encode_answer(
          tmpl, {.text = std::string(row.answer).substr(row.answer[0] == ' ' ? 1 : 0)});
      REQUIRE(filled.answer_slots.size() == 1);
      const Ids left(filled.ids.begin(), filled.ids.begin() + filled.answer_slots[0]);
      CHECK(left == tokenizer.encode(prompt, true));
      CHECK(joined(left, answer) == tokenizer.encode(prompt + row.answer, true));
      CHECK(filled.type_ids.size() == filled.ids.size());
    }
  });
}

TEST_CASE("text behind a next token goes on where the answer ends") {
  for_each_causal([&](const Tokenizer& tokenizer) {
    const Template tmpl = Template::parse("{text} It was {mask}. The end.");
    const auto filled = tokenizer.fill(tmpl, example("A film."));
    const Ids answer = tokenizer.encode_answer(tmpl, {.text = "great"});
    Ids whole = filled.ids;
    REQUIRE(filled.answer_slots.size() == 1);
    whole.insert(whole.begin() + filled.answer_slots[0], answer.begin(), answer.end());
    CHECK(whole == tokenizer.encode("A film. It was great. The end.", true));
  });
}

TEST_CASE("an answer may be written with its blank, and an answer at the start has none") {
  for_each_causal([&](const Tokenizer& tokenizer) {
    const Template open = Template::parse("It was {mask}"), joined_on = Template::parse("un{mask}");
    CHECK(tokenizer.encode_answer(open, {.text = " great"}) ==
          tokenizer.encode_answer(open, {.text = "great"}));
    CHECK(tokenizer.encode_answer(joined_on, {.text = "great"}) !=
          tokenizer.encode_answer(open, {.text = "great"}));
    const Template start = Template::parse("{mask}");
    const auto filled = tokenizer.fill(start, example(""));
    CHECK(joined(filled.ids, tokenizer.encode_answer(start, {.text = "Great"})) ==
          tokenizer.encode("Great", true));
  });
}

TEST_CASE("a causal prompt that is too long loses the end of its field, with room for the answer") {
  for (const std::string folder : kCausal) {
    if (!test::has_shared(folder)) continue;
    CAPTURE(folder);
    const auto tokenizer = open_tokenizer(test::shared_folder() / folder);
    tokenizer->set_max_length(24);
    std::string text;
    for (int i = 0; i < 40; ++i) text += i == 0 ? "one" : " and one";
    const Template tmpl = Template::parse("{text}\nIt was {mask}");
    const Ids end = tokenizer->encode("a\nIt was", false);
    for (const std::size_t length : {1U, 3U}) {
      const auto filled = tokenizer->fill(tmpl, example(text), length);
      CHECK_FALSE(filled.failure);
      CHECK(filled.truncated_tokens > 0);
      CHECK(filled.ids.size() + length - 1 <= 24);
      CHECK(filled.ids.size() + length - 1 >= 22);
      CHECK(filled.answer_slots == Slots{static_cast<std::uint32_t>(filled.ids.size())});
      CHECK(std::equal(end.rbegin(), end.rbegin() + 2, filled.ids.rbegin()));
    }
    const auto inside = tokenizer->fill(Template::parse("{text} It was {mask}."), example(text), 3);
    CHECK(inside.ids.size() + 3 <= 24);
  }
}

constexpr TokenId kCls = 2, kSep = 3, kIt = 12, kWas = 13, kDot = 6;

TEST_CASE("the tokens that close a text are not put before a next token") {
  const auto tokenizer = test::small_tokenizer();
  CHECK(tokenizer->answer_form() == AnswerForm::mask);
  tokenizer->set_answer_form(AnswerForm::next_token);

  CHECK_FALSE(tokenizer->mask());
  CHECK(tokenizer->fill(Template::parse("it was {mask}"), example("")).ids == Ids{kCls, kIt, kWas});
  CHECK(tokenizer->fill(Template::parse("it was {mask}{text}"), example("")).ids ==
        Ids{kCls, kIt, kWas});
  CHECK(tokenizer->fill(Template::parse("it was {mask}."), example("")).ids ==
        Ids{kCls, kIt, kWas, kDot, kSep});
  const auto pair = tokenizer->fill(Template::parse("it{sep}was {mask}"), example(""));
  CHECK(pair.ids == Ids{kCls, kIt, kSep, kWas});
  CHECK(pair.type_ids == std::vector<std::int32_t>{0, 0, 0, 1});
  CHECK(pair.answer_slots == Slots{4});
  const auto first = tokenizer->fill(Template::parse("it {mask}{sep}was"), example(""));
  CHECK(first.ids == Ids{kCls, kIt, kSep, kWas, kSep});
  CHECK(first.answer_slots == Slots{2});
}

TEST_CASE("a form whose token the vocabulary lacks is refused") {
  const auto tokenizer = test::small_tokenizer();
  test::expect_error(ErrorKind::model, "expected a sentinel token",
                     [&] { tokenizer->set_answer_form(AnswerForm::sentinel); });
  Json json = test::small_tokenizer_json();
  json["added_tokens"].erase(4);
  const auto bare = test::open_json(json);
  test::expect_error(ErrorKind::model, "expected a mask token",
                     [&] { bare->set_answer_form(AnswerForm::mask); });
}

TEST_CASE("an encoder's text has one sentinel for the answer, as in the written text") {
  for (const std::string folder : {"parity/t5", "parity/tokenizer-spm-t5"}) {
    if (!test::has_shared(folder)) continue;
    CAPTURE(folder);
    const auto tokenizer = open_tokenizer(test::shared_folder() / folder);
    CHECK(tokenizer->answer_form() == AnswerForm::sentinel);
    CHECK(tokenizer->sentinel(0) == tokenizer->id("<extra_id_0>"));
    CHECK(tokenizer->sentinel(1) == tokenizer->id("<extra_id_1>"));
    CHECK_FALSE(tokenizer->sentinel(100));
    const Template tmpl = Template::parse("{text} It was {mask}. The end.");

    const auto filled = tokenizer->fill(tmpl, example("A film."), 3);

    CHECK(filled.ids == tokenizer->encode("A film. It was <extra_id_0>. The end.", true));
    REQUIRE(filled.answer_slots.size() == 1);
    CHECK(filled.ids[filled.answer_slots[0]] == *tokenizer->sentinel(0));
    // The decoder's text is "<extra_id_0> great".
    const Ids answer = tokenizer->encode_answer(tmpl, {.text = "great"});
    CHECK(joined({*tokenizer->sentinel(0)}, answer) ==
          tokenizer->encode("<extra_id_0> great", false));
    CHECK(tokenizer->encode_answer(Template::parse("{mask} is"), {.text = "great"}) == answer);
    CHECK(tokenizer->encode_answer(Template::parse("un{mask}"), {.text = "great"}) != answer);
  }
}

TEST_CASE("a translation model's answer is its whole target") {
  if (!test::has_shared("parity/marian")) return;
  const auto tokenizer = open_tokenizer(test::shared_folder() / "parity/marian");
  CHECK(tokenizer->answer_form() == AnswerForm::target);
  const Template tmpl = Template::parse("{text} {mask}");

  const auto filled = tokenizer->fill(tmpl, example("The film was great."));

  CHECK(filled.ids == tokenizer->encode("The film was great.", true));
  CHECK(filled.answer_slots == Slots{0});
  CHECK(tokenizer->encode_answer(tmpl, {.text = "It was good."}) ==
        tokenizer->encode_target("It was good.", false));
}

}  // namespace
}  // namespace prospect
