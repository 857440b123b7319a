#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/error.h"
#include "tests/scoring/tokenizers/small_tokenizer.h"
#include "tests/support/expect_error.h"

namespace prospect {
namespace {

using Ids = std::vector<TokenId>;
using Slots = std::vector<std::uint32_t>;

constexpr TokenId kCls = 2, kSep = 3, kMask = 4, kDot = 6, kComma = 7, kA = 8, kGood = 9, kBad = 10,
                  kFilm = 11, kIt = 12, kWas = 13, kLy = 14, kS = 15, kFun = 19, kThe = 21;

Example example(const std::string& text) {
  Example row;
  row.id = "1";
  row.fields["text"] = text;
  row.fields["more"] = "a film";
  return row;
}

Filled fill(const std::string& tmpl, const std::string& text, std::size_t num_masks = 1) {
  return test::small_tokenizer()->fill(Template::parse(tmpl), example(text), num_masks);
}

TEST_CASE("a filled template has the ids of its text, the mask and the model's own tokens") {
  const auto filled = fill("{text} It was {mask}.", "a good film");

  CHECK_FALSE(filled.failure);
  CHECK(filled.ids == Ids{kCls, kA, kGood, kFilm, 1, kWas, kMask, kDot, kSep});
  CHECK(filled.type_ids == std::vector<std::int32_t>(9, 0));
  CHECK(filled.answer_slots == Slots{6});
  CHECK(filled.trigger_slots.empty());
  CHECK(filled.truncated_tokens == 0);
}

TEST_CASE("a field and the literals beside it are one word where no space is between them") {
  CHECK(fill("{text}ly {mask}", "good").ids == Ids{kCls, kGood, kLy, kMask, kSep});
  CHECK(fill("{mask} {text}s", "film").ids == Ids{kCls, kMask, kFilm, kS, kSep});
}

TEST_CASE("triggers and fixed tokens stand as ids, and unset triggers as the mask") {
  const auto filled = fill("{text} {trigger=14,_,9} was{tokens:15}{mask}{trigger:2}.", "film");

  CHECK(filled.ids ==
        Ids{kCls, kFilm, kLy, kMask, kGood, kWas, kS, kMask, kMask, kMask, kDot, kSep});
  CHECK(filled.trigger_slots == Slots{2, 3, 4, 8, 9});
  CHECK(filled.answer_slots == Slots{7});
}

TEST_CASE("several masks may stand for one answer") {
  const auto filled = fill("it was {mask}.", "", 3);

  CHECK(filled.ids == Ids{kCls, kIt, kWas, kMask, kMask, kMask, kDot, kSep});
  CHECK(filled.answer_slots == Slots{3, 4, 5});
}

TEST_CASE("a segment break starts the second text, with its special tokens and types") {
  const auto filled = fill("{text}{sep}it was {mask}", "good film");

  CHECK(filled.ids == Ids{kCls, kGood, kFilm, kSep, kIt, kWas, kMask, kSep});
  CHECK(filled.type_ids == std::vector<std::int32_t>{0, 0, 0, 0, 1, 1, 1, 1});
  CHECK(filled.answer_slots == Slots{6});
}

TEST_CASE("field operators come before tokenising") {
  CHECK(fill("{text|strip_final}, {mask}", "good film !").ids ==
        Ids{kCls, kGood, kFilm, kComma, kMask, kSep});
  CHECK(fill("{text|lower_first} {mask}", "The film").ids == Ids{kCls, kThe, kFilm, kMask, kSep});
}

TEST_CASE("a special token written in an example is the token, as in the reference") {
  CHECK(fill("{text} {mask}", "good [SEP] [MASK]").ids ==
        Ids{kCls, kGood, kSep, kMask, kMask, kSep});
}

TEST_CASE("what cannot be filled is a failure with its reason") {
  const auto reason = [](const std::string& tmpl) {
    const auto filled = fill(tmpl, "good");
    CHECK(filled.ids.empty());
    return filled.failure ? filled.failure->reason : "";
  };
  CHECK(reason("{nothing} {mask}") == "example '1' has no field 'nothing'");
  CHECK(reason("{trigger=99} {mask}") == "expected token ids below 22, found 99");
  CHECK(reason("{tokens:22} {mask}") == "expected token ids below 22, found 22");
  test::expect_error(ErrorKind::internal, "{demos}", [] { fill("{demos} {mask}", "good"); });
}

TEST_CASE("without a mask token, an exclamation mark stands for an unset trigger") {
  Json json = test::small_tokenizer_json();
  json["added_tokens"].erase(4);
  const auto tokenizer = test::open_json(json);
  REQUIRE_FALSE(tokenizer->mask());

  const auto unset = tokenizer->fill(Template::parse("{trigger:2} {mask}"), example(""));
  const TokenId stand_in = tokenizer->encode("!", false).back();
  CHECK(unset.ids == Ids{kCls, stand_in, stand_in});
  // The next token is the answer where there is no mask.
  const auto filled = tokenizer->fill(Template::parse("it was {mask}"), example(""));
  CHECK(filled.ids == Ids{kCls, kIt, kWas});
  CHECK(filled.answer_slots == Slots{3});
}

// A tokenizer with room for so many tokens.
std::unique_ptr<Tokenizer> tokenizer_of(std::size_t length) {
  auto tokenizer = test::small_tokenizer();
  tokenizer->set_max_length(length);
  return tokenizer;
}

TEST_CASE("a prompt that is too long loses the end of its field, never template or mask") {
  const auto filled = tokenizer_of(8)->fill(Template::parse("{text} it was {mask}."),
                                            example("a good film, the good film"));

  CHECK(filled.ids == Ids{kCls, kA, kGood, kIt, kWas, kMask, kDot, kSep});
  CHECK(filled.answer_slots == Slots{5});
  CHECK(filled.truncated_tokens == 5);
}

TEST_CASE("a word cut in its middle is tokenised again") {
  // Without its end, "film" + "##s" + "##x" is "film" + "##s"; the part of a word stays a word.
  const auto filled = tokenizer_of(5)->fill(Template::parse("{text} {mask}"), example("filmsx"));

  CHECK(filled.ids == Ids{kCls, kFilm, kS, kMask, kSep});
  CHECK(filled.truncated_tokens == 1);
}

TEST_CASE("the longest field is cut first, and of equal ones the last") {
  Example row = example("good good good good");
  row.fields["more"] = "bad bad";
  const Template tmpl = Template::parse("{more}{mask}{text}");
  CHECK(tokenizer_of(7)->fill(tmpl, row).ids == Ids{kCls, kBad, kBad, kMask, kGood, kGood, kSep});
  CHECK(tokenizer_of(6)->fill(tmpl, row).ids == Ids{kCls, kBad, kBad, kMask, kGood, kSep});
  CHECK(tokenizer_of(5)->fill(tmpl, row).ids == Ids{kCls, kBad, kMask, kGood, kSep});
  CHECK(tokenizer_of(3)->fill(tmpl, row).ids == Ids{kCls, kMask, kSep});
}

TEST_CASE("fields that are kept are not cut") {
  Example row = example("good good good good");
  const auto filled = tokenizer_of(8)->fill(Template::parse("{text|keep} {more} {mask}"), row);

  CHECK(filled.ids == Ids{kCls, kGood, kGood, kGood, kGood, kA, kMask, kSep});
  CHECK(filled.truncated_tokens == 1);
}

TEST_CASE("a template that cannot fit is a failure with the lengths") {
  const auto filled = tokenizer_of(6)->fill(
      Template::parse("{more} it was {mask}. the {text|keep}"), example("film"));

  REQUIRE(filled.failure);
  CHECK(filled.failure->reason.starts_with(
      "expected a prompt of at most 6 tokens, found 8 without what may be cut"));
  CHECK(tokenizer_of(1)->fill(Template::parse("{mask}"), example("")).failure);
}

TEST_CASE("an answer is its text as tokens, or the ids that it names") {
  const auto tokenizer = test::small_tokenizer();
  const Template tmpl = Template::parse("it was {mask}.");
  CHECK(tokenizer->encode_answer(tmpl, {.text = "goodly"}) == Ids{kGood, kLy});
  CHECK(tokenizer->encode_answer(tmpl, {.text = " good"}) == Ids{kGood});
  CHECK(tokenizer->encode_answer(tmpl, {.text = "good", .ids = {kS}}) == Ids{kS});
}

std::string as_text(const std::string& tmpl) {
  return test::small_tokenizer()->as_text(Template::parse(tmpl)).text();
}

TEST_CASE("as text, tokens are words, and continuing tokens join what stands before") {
  CHECK(as_text("{text} {trigger=9,11}{mask}.") == "{text} good film{mask}.");
  CHECK(as_text("{text}{trigger=9,15} it {mask}") == "{text} goods it {mask}");
  CHECK(as_text("{text} {trigger=14,9}, {mask}") == "{text}ly good, {mask}");
  CHECK(as_text("film {tokens:6,9}{text} {mask}") == "film . good {text} {mask}");
  CHECK(as_text("{trigger=9}it {mask}") == "good it {mask}");
  CHECK(as_text("{text} {trigger=_,9,_} {mask}") == "{text} {trigger:1} good{trigger:1} {mask}");
  CHECK(as_text("{text} {trigger:3} {mask}") == "{text} {trigger:3} {mask}");
}

TEST_CASE("a prompt survives text where its ids come back") {
  const auto tokenizer = test::small_tokenizer();
  const std::vector<Example> rows{example("a film"), example("good")};
  const auto survives = [&](const std::string& tmpl) {
    return tokenizer->survives_text(Template::parse(tmpl), rows);
  };
  CHECK(survives("{text} {trigger=9,11} it was {mask}."));
  CHECK(survives("{text}{trigger=6,9,11,6}{mask}."));
  CHECK(survives("it {trigger=13,3}{mask}"));
  CHECK(survives("the {trigger=9,14} {text} {mask}"));
  CHECK(survives("{text} {trigger=1} {mask}."));        // [UNK] written is [UNK]
  CHECK_FALSE(survives("{trigger=14} {text} {mask}"));  // "ly" alone is another word
  CHECK_FALSE(survives("{text} it {mask} {trigger=15}"));
}

}  // namespace
}  // namespace prospect
