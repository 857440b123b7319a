#include "experiments/leave_one_out.h"

#include <doctest/doctest.h>

#include "tests/support/toy_model.h"

namespace prospect {
namespace {

std::vector<std::pair<std::string, std::string>> parts_of(const Template& tmpl) {
  const test::ToyVocabulary vocabulary;
  Candidate candidate;
  candidate.tmpl = tmpl;
  std::vector<std::pair<std::string, std::string>> parts;
  for (const auto& part : leave_one_out(candidate, vocabulary))
    parts.emplace_back(part.part, part.without.tmpl.text());
  return parts;
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

TEST_CASE("each word of the text is left out with the white space before it") {
  CHECK(parts_of(Template::parse("{text} It was {mask}!")) == Pairs{{"It", "{text} was {mask}!"},
                                                                    {"was", "{text} It {mask}!"},
                                                                    {"!", "{text} It was {mask}"}});
}

TEST_CASE("each trigger and each fixed token is left out, and nothing of fields and mask") {
  const test::ToyVocabulary vocabulary;
  const TokenId a = vocabulary.id("w10"), b = vocabulary.id("w20");
  const Template tmpl(
      {Field{.name = "text"}, TriggerSlots{{a, b}}, FixedTokens{{b}}, AnswerSlot{}});
  const std::string first = std::to_string(a), second = std::to_string(b);

  CHECK(parts_of(tmpl) ==
        Pairs{{"w10", "{text}{trigger=" + second + "}{tokens:" + second + "}{mask}"},
              {"w20", "{text}{trigger=" + first + "}{tokens:" + second + "}{mask}"},
              {"w20", "{text}{trigger=" + first + "," + second + "}{mask}"}});
}

TEST_CASE("a prompt of a field and the mask has no part to leave out") {
  CHECK(parts_of(Template::parse("{text} {mask}")).empty());
}

}  // namespace
}  // namespace prospect
