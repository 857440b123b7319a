#include "search/detail/prompt_units.h"

#include <doctest/doctest.h>

namespace prospect {
namespace {

std::vector<std::string> texts(const std::string& tmpl, Granularity granularity) {
  std::vector<std::string> texts;
  for (const auto& unit : split_units(Template::parse(tmpl), granularity))
    texts.push_back(unit.slot ? "*" : unit.text);
  return texts;
}

using Texts = std::vector<std::string>;

TEST_CASE("units spell their template again") {
  for (const char* text :
       {"{text} It was {mask}.", "{mask}", "({mask}) news: {text}", "{text}\nIt's {mask} , so ...",
        "Is this  good? {text}  {trigger=1,2} {mask} ", "{{no}} slot{text}here{mask}",
        "{demos}{text|keep} caf\xC3\xA9 {sep} {mask}"}) {
    CAPTURE(text);
    const Template tmpl = Template::parse(text);
    for (const auto granularity : {Granularity::word, Granularity::phrase, Granularity::sentence})
      CHECK(join_units(split_units(tmpl, granularity)) == tmpl);
  }
}

TEST_CASE("words are cut from the punctuation at their ends, and keep what is inside them") {
  CHECK(texts("\"It's\" (well-known). {mask}", Granularity::word) ==
        Texts{"\"", "It's", "\"", "(", "well-known", ").", "*"});
}

TEST_CASE("a phrase is a run of function words and the content words behind it") {
  CHECK(texts("In this task you are given long movie reviews, and the goal is to {mask}",
              Granularity::phrase) == Texts{"In this task", "you are given long movie reviews", ",",
                                            "and the goal", "is to", "*"});
}

TEST_CASE("a sentence ends at its mark, or at a slot") {
  CHECK(texts("Read it. Is it good, or bad? {text} It was {mask}.", Granularity::sentence) ==
        Texts{"Read it.", "Is it good, or bad?", "*", "It was", "*", "."});
}

TEST_CASE("bare punctuation is no phrase") {
  const auto units = split_units(Template::parse("{text} ( {mask} ) ok !"), Granularity::word);
  CHECK(phrase_indices(units) == std::vector<std::size_t>{4});
}

TEST_CASE("what stood apart stays apart when the text between goes") {
  auto units = split_units(Template::parse("{text} It was {mask}."), Granularity::phrase);
  erase_unit(units, 1);
  CHECK(join_units(units).text() == "{text} {mask}.");

  auto first = split_units(Template::parse("Review: {text} {mask}"), Granularity::word);
  erase_unit(first, 0);
  CHECK(join_units(first).text() == ": {text} {mask}");
}

TEST_CASE("new text has white space around it, at the beginning and the end too") {
  auto units = split_units(Template::parse("{text} {mask}."), Granularity::word);
  insert_unit(units, 0, "Read");
  insert_unit(units, units.size(), "Yes");
  CHECK(join_units(units).text() == "Read {text} {mask}. Yes");
}

}  // namespace
}  // namespace prospect
