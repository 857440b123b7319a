#include "search/detail/filled_text.h"

#include <doctest/doctest.h>

#include "tests/support/toy_model.h"

namespace prospect {
namespace {

TEST_CASE("a filled text spells the prompt, and what would not fit is cut from its longest field") {
  test::ToyVocabulary vocabulary;
  const Template tmpl = Template::parse("{a} w01 {b} w02 {mask} w03");
  Example example{.id = "x", .fields = {{"a", "w04"}, {"b", "w05 w06 w07"}}};
  CHECK(filled_text(tmpl, vocabulary, example, "good") == "w04 w01 w05 w06 w07 w02 good w03");

  vocabulary.max_length = 20;
  std::string& longest = example.fields["b"];
  for (int i = 0; i < 40; ++i) longest += " w08";
  const std::string text = filled_text(tmpl, vocabulary, example, "good");
  CHECK(text.starts_with("w04 w01 w05 w06 w07 w08"));
  CHECK(text.ends_with("w08 w02 good w03"));
  CHECK(vocabulary.encode(text, true).size() <= vocabulary.max_length);
}

}  // namespace
}  // namespace prospect
