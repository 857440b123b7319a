#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/template.h"
#include "tests/support/expect_error.h"

namespace prospect {
namespace {

using test::expect_error;
using Ids = std::vector<TokenId>;

TEST_CASE("neighbouring literals are joined and empty pieces dropped") {
  const Template joined({Literal{"It "}, Literal{""}, Literal{"was "}, TriggerSlots{}, AnswerSlot{},
                         FixedTokens{}, Literal{"."}});

  CHECK(joined == Template::parse("It was {mask}."));
  CHECK(joined.pieces().size() == 3);
}

TEST_CASE("neighbouring token slots of one kind are joined, so that equal prompts are equal") {
  const Template joined({TriggerSlots{{1}}, TriggerSlots{{2}}, FixedTokens{{3}}, FixedTokens{{4}}});

  CHECK(joined == Template({TriggerSlots{{1, 2}}, FixedTokens{{3, 4}}}));
  CHECK(joined.text() == "{trigger=1,2}{tokens:3,4}");
}

TEST_CASE("an empty template prints as nothing") {
  CHECK(Template().text().empty());
  CHECK(Template() == Template(std::vector<Piece>{Literal{""}}));
}

TEST_CASE("fields are named in order, each once") {
  const auto tmpl = Template::parse("{b} {a|keep} {mask} {b|lower_first}");

  CHECK(tmpl.fields() == std::vector<std::string>{"b", "a"});
}

TEST_CASE("with_triggers fills all slots in order of standing") {
  const auto tmpl = Template::parse("{trigger:2} {text} {trigger=9} {mask}");
  REQUIRE(tmpl.triggers() == Ids{kUnsetToken, kUnsetToken, 9});

  const auto filled = tmpl.with_triggers({5, 6, 7});

  CHECK(filled.triggers() == Ids{5, 6, 7});
  CHECK(filled.text() == "{trigger=5,6} {text} {trigger=7} {mask}");
  CHECK(tmpl.triggers() == Ids{kUnsetToken, kUnsetToken, 9});
}

TEST_CASE("with_triggers can unset a slot again") {
  const auto tmpl =
      Template::parse("{trigger=1,2}{mask}").with_triggers({kUnsetToken, kUnsetToken});

  CHECK(tmpl.text() == "{trigger:2}{mask}");
}

TEST_CASE("with_triggers refuses another number of tokens, or what is no token") {
  const auto tmpl = Template::parse("{trigger:2} {mask}");

  expect_error(ErrorKind::internal, "expected 2 trigger tokens, found 1",
               [&] { tmpl.with_triggers({1}); });
  expect_error(ErrorKind::internal, "expected 2 trigger tokens, found 3", [&] {
    tmpl.with_triggers({1, 2, 3});
  });
  expect_error(ErrorKind::internal, "expected a token id, found -7", [&] {
    tmpl.with_triggers({1, -7});
  });
  CHECK(Template::parse("{mask}").with_triggers({}) == Template::parse("{mask}"));
}

TEST_CASE("pieces that could not be written are refused") {
  for (const std::string name : {"", "mask", "sep", "demos", "a|b", "a{b", "a}b", "trigger:5",
                                 "trigger=1", "tokens:1", "\xFF"}) {
    CAPTURE(name);
    CHECK_FALSE(is_field_name(name));
    expect_error(ErrorKind::input, "field", [&] { Template({Field{.name = name}}); });
  }
  for (const std::string name : {"text", "trigger", "Mask", "a b", "tokens", "é", "keep"}) {
    CAPTURE(name);
    CHECK(is_field_name(name));
    CHECK(Template({Field{.name = name}, AnswerSlot{}}) == Template::parse("{" + name + "}{mask}"));
  }
  expect_error(ErrorKind::internal, "expected a token id, found -1",
               [] { Template({FixedTokens{{kUnsetToken}}}); });
  expect_error(ErrorKind::internal, "expected a token id, found -2",
               [] { Template({TriggerSlots{{-2}}}); });
}

TEST_CASE("operators are applied in the order written") {
  using Op = FieldOperator;
  CHECK(apply_operators({}, " As it is. ") == " As it is. ");
  CHECK(apply_operators({Op::lower_first}, "Good film.") == "good film.");
  CHECK(apply_operators({Op::strip_final}, "Good film.") == "Good film");
  CHECK(apply_operators({Op::no_space}, "\u00A0 Good film.\n") == "Good film.");
  // A space in front hides the letter, unless it is taken off first.
  CHECK(apply_operators({Op::lower_first, Op::no_space}, " Good") == "Good");
  CHECK(apply_operators({Op::no_space, Op::lower_first}, " Good") == "good");
  CHECK(apply_operators({Op::lower_first, Op::strip_final}, "").empty());
}

}  // namespace
}  // namespace prospect
