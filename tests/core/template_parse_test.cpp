#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/error.h"
#include "core/rng.h"
#include "core/template.h"
#include "tests/support/expect_error.h"

namespace prospect {
namespace {

using test::expect_error;

const Template::Rules kAnyMasks{.any_number_of_masks = true};

// Literal texts that are hard to print: braces, quotes, line breaks, marks, wide and rare scripts.
const std::vector<std::string> kTexts{
    "{",          "}",       "{{",
    "}}}",        "{mask}",  " ",
    "\n\t",       "It was ", "|keep",
    "é",          "e\u0301", "日本語",
    "İstanbul",   "ß",       "👩‍👩‍👧",
    "\u202E",     "\\",      "\"'",
    "\u00A0",     "{}",      "{trigger:3}",
    "\U0010FFFF", ":",       std::string(1, '\0'),
};

const std::vector<std::string> kNames{"text", "sentence_1", "日本", "a b", "Mask", "trigger", "é"};

Piece random_piece(Rng& rng) {
  const auto random_ids = [&](TokenId least) {
    std::vector<TokenId> ids(1 + rng.below(4));
    for (auto& id : ids) id = static_cast<TokenId>(rng.below(60'000)) + least;
    return ids;
  };
  switch (rng.below(6)) {
    case 0:
    case 1:
      return Literal{kTexts[rng.below(kTexts.size())]};
    case 2: {
      Field field{.name = kNames[rng.below(kNames.size())], .keep = rng.below(2) == 1};
      for (std::uint64_t left = rng.below(4); left > 0; --left)
        field.operators.push_back(static_cast<FieldOperator>(rng.below(3)));
      return field;
    }
    case 3:
      return AnswerSlot{};
    case 4:
      if (rng.below(2) == 0)
        return TriggerSlots{std::vector<TokenId>(1 + rng.below(5), kUnsetToken)};
      return TriggerSlots{random_ids(kUnsetToken)};
    default:
      return FixedTokens{random_ids(0)};
  }
}

void expect_fault(const std::string& text, const std::string& fragment) {
  CAPTURE(text);
  expect_error(ErrorKind::input, "template: " + fragment, [&] {
    Template::parse(text, {.fields = {{"text", "title"}}});
  });
}

TEST_CASE("a template that is printed and parsed is the same value") {
  for (const std::string text : {
           "{text} It was {mask}.",
           "{mask}",
           "{{{text}}} {mask}",
           "{{}} {{mask}} {mask}",
           "{trigger:5}{text|keep|lower_first|strip_final|no_space}{mask}",
           "{trigger=12,_,7} {mask}{sep}{tokens:1012,2009}",
           "{demos}日本 {text} é 👩‍👩‍👧 {mask}\n",
       }) {
    CAPTURE(text);
    const Template tmpl = Template::parse(text);

    CHECK(tmpl.text() == text);
    CHECK(Template::parse(tmpl.text()) == tmpl);
  }
}

TEST_CASE("1000 random templates survive printing and parsing") {
  Rng rng(1, "random templates");
  for (int round = 0; round < 1000; ++round) {
    std::vector<Piece> pieces;
    for (std::uint64_t left = rng.below(9); left > 0; --left) pieces.push_back(random_piece(rng));
    if (rng.below(3) == 0) pieces.emplace_back(SegmentBreak{});
    if (rng.below(3) == 0) pieces.emplace_back(DemonstrationSlot{});
    pieces.push_back(random_piece(rng));
    const Template tmpl(pieces);
    CAPTURE(tmpl.text());

    CHECK(Template::parse(tmpl.text(), kAnyMasks) == tmpl);
    CHECK(Template::parse(tmpl.text(), kAnyMasks).text() == tmpl.text());
  }
}

TEST_CASE("forms that mean the same parse to the same value") {
  const auto same = [](const std::string& a, const std::string& b) {
    CHECK(Template::parse(a, kAnyMasks) == Template::parse(b, kAnyMasks));
  };

  same("{a|lower_first|keep}", "{a|keep|lower_first}");
  same("{trigger=_,_}", "{trigger:2}");
  same("{trigger=007}", "{trigger=7}");
  same("{trigger:2}{trigger=5}", "{trigger=_,_,5}");
  same("{tokens:1}{tokens:2,3}", "{tokens:1,2,3}");
}

TEST_CASE("a brace out of place is refused at its character") {
  expect_fault("a } {mask}", "at character 3: found '}' without '{'");
  expect_fault("{mask} {text", "at character 8: found '{' without '}'");
  expect_fault("{te{xt} {mask}", "at character 1: found '{' inside a slot");
  expect_fault("{mask}{", "at character 7: found '{' without '}'");
}

TEST_CASE("characters are counted in code points, not bytes") {
  expect_fault("日本é {b", "at character 5: found '{' without '}'");
  expect_fault("👩‍👩 } {mask}",
               "at character 5: found '}'");  // two women and a joiner are three
}

TEST_CASE("a slot that may stand once is refused the second time") {
  expect_fault("{mask} {mask}", "at character 8: found a second {mask}");
  expect_fault("{sep}{mask}{sep}", "at character 12: found a second {sep}");
  expect_fault("{demos}{mask}{demos}", "at character 14: found a second {demos}");
}

TEST_CASE("a template without an answer slot is refused unless a text alone is allowed") {
  expect_fault("{text}", "expected one {mask}, found none in '{text}'");
  expect_fault("", "expected one {mask}, found none in ''");

  CHECK(Template::parse("", kAnyMasks).pieces().empty());
  CHECK(Template::parse("{mask}{mask}", kAnyMasks).num_answer_slots() == 2);
}

TEST_CASE("a wrong number of triggers or a wrong token id is refused with the value found") {
  const std::string here = "at character 1: expected ";
  expect_fault("{trigger:0}{mask}", here + "{trigger:N} with N from 1 to 10000, found 0");
  expect_fault("{trigger:-1}{mask}", here + "{trigger:N} with N from 1 to 10000, found -1");
  expect_fault("{trigger:10001}{mask}", here + "{trigger:N} with N from 1 to 10000, found 10001");
  expect_fault("{trigger:}{mask}", here + "a number, found ''");
  expect_fault("{trigger:two}{mask}", here + "a number, found 'two'");
  expect_fault("{trigger: 2}{mask}", here + "a number, found ' 2'");
  expect_fault("{trigger=}{mask}", here + "a number, found ''");
  expect_fault("{trigger=1,,2}{mask}", here + "a number, found ''");
  expect_fault("{trigger=-2}{mask}", here + "a token id, found -2");
  expect_fault("{tokens:_}{mask}", here + "a number, found '_'");
  expect_fault("{tokens:2147483648}{mask}", here + "a token id, found 2147483648");
  expect_fault("{tokens:99999999999999999999}{mask}",
               here + "a number, found '99999999999999999999'");
  CHECK(Template::parse("{tokens:2147483647}{mask}").text() == "{tokens:2147483647}{mask}");
}

TEST_CASE("too many tokens are refused, in one slot or several") {
  std::string many = "{trigger=1";
  for (int i = 0; i < 10'000; ++i) many += ",1";
  expect_fault(many + "}{mask}", "at character 1: expected at most 10000 tokens, found 10001");
  expect_fault("{mask}{trigger:10000}{trigger:1}",
               "at character 22: expected at most 10000 tokens, found 10001");
}

TEST_CASE("an unknown field or operator is refused with the nearest known one") {
  expect_fault("{txt} {mask}", "at character 1: unknown field 'txt'; did you mean 'text'?");
  expect_fault("{text} {maks}", "at character 8: unknown field 'maks'; did you mean 'mask'?");
  expect_fault("{quite_another} {mask}",
               "at character 1: unknown field 'quite_another'; known are: text, title, mask, "
               "trigger:N, sep, demos");
  expect_fault("{text|lowerfirst} {mask}",
               "at character 1: unknown operator 'lowerfirst'; did you mean 'lower_first'?");
  expect_fault("{text|} {mask}", "at character 1: unknown operator ''");
  expect_fault("{} {mask}", "at character 1: found a slot without a name");
  expect_fault("{|keep} {mask}", "at character 1: found a slot without a name");
}

TEST_CASE("a template that is not UTF-8 is refused at its byte") {
  expect_fault("{mask} \xFF", "expected UTF-8 text, found an invalid byte at offset 7");
}

TEST_CASE("a message about a long or many-lined template stays one short line") {
  std::string text(5000, 'x');
  text.append("\n{mask} {txt} ").append(5000, 'y');
  try {
    Template::parse(text, {.fields = {{"text"}}});
    FAIL("expected an error");
  } catch (const Error& error) {
    const std::string message = error.what();
    CAPTURE(message);
    CHECK(message.find("at character 5009") != std::string::npos);
    CHECK(message.find("\n") == std::string::npos);
    CHECK(message.size() < 300);
  }
}

TEST_CASE("without a list of fields every name is a field") {
  CHECK(Template::parse("{anything} {mask}").fields() == std::vector<std::string>{"anything"});
}

}  // namespace
}  // namespace prospect
