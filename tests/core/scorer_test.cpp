#include "core/scorer.h"

#include <doctest/doctest.h>

#include "tests/support/expect_error.h"

namespace prospect {
namespace {

using test::expect_error;

ScoringSpec read(const Json& json, ScoringSpec defaults = {}) {
  return scoring_spec_from_json(JsonReader(json, "s"), defaults);
}

TEST_CASE("every scoring spec survives writing and reading") {
  for (const auto rule : {AnswerRule::single, AnswerRule::parallel, AnswerRule::left_to_right,
                          AnswerRule::most_confident})
    for (const auto norm :
         {LengthNorm::sum, LengthNorm::tokens, LengthNorm::characters, LengthNorm::bytes})
      for (const auto space : {AnswerSpace::labels, AnswerSpace::vocabulary})
        for (const auto precision :
             {Precision::float32, Precision::bfloat16, Precision::automatic}) {
          const ScoringSpec spec{rule, norm, space, precision};
          CAPTURE(to_json(spec).dump());
          CHECK(read(to_json(spec)) == spec);
        }
}

TEST_CASE("the default spec reads as in the documentation") {
  CHECK(to_json(ScoringSpec{}).dump() ==
        R"({"norm":"sum","precision":"float32","rule":"single","space":"labels","tail":"score"})");
}

TEST_CASE("what a spec leaves out keeps the default that was given") {
  ScoringSpec defaults;
  defaults.space = AnswerSpace::vocabulary;
  defaults.norm = LengthNorm::bytes;

  const ScoringSpec spec = read({{"rule", "parallel"}}, defaults);

  CHECK(spec.rule == AnswerRule::parallel);
  CHECK(spec.space == AnswerSpace::vocabulary);
  CHECK(spec.norm == LengthNorm::bytes);
}

TEST_CASE("a wrong value or key of a spec is refused with the nearest known one") {
  expect_error(ErrorKind::input, "s#/rule: unknown value 'singel'; did you mean 'single'?", [] {
    read({{"rule", "singel"}});
  });
  expect_error(ErrorKind::input,
               "s#/precision: unknown value 'int8'; known are: float32, bfloat16, auto", [] {
                 read({{"precision", "int8"}});
               });
  expect_error(ErrorKind::input, "s#/norm: expected a string, found 1", [] {
    read({{"norm", 1}});
  });
  expect_error(ErrorKind::input, "s#/rul: unknown key 'rul'; did you mean 'rule'?", [] {
    read({{"rul", "single"}});
  });
  expect_error(ErrorKind::input, "s: expected an object, found \"single\"", [] { read("single"); });
}

TEST_CASE("the calibration beside a spec is passed over") {
  CHECK(read({{"rule", "single"}, {"calibration", "batch"}}) == ScoringSpec{});
}

}  // namespace
}  // namespace prospect
